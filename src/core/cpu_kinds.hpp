// SPDX-License-Identifier: GPL-2.0-only
// CpuKinds: the CPUs of a machine in groups that are equivalent to a division: the same claims may
// use them and the same claim holds them. A division is then a transport problem between claims and
// kinds, whose size does not depend on the number of CPUs.
#pragma once

#include "core/claim.hpp"
#include "core/cpu_set.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace mitosis {

inline constexpr std::size_t nobody = static_cast<std::size_t>(-1);

struct CpuKind {
    CpuSet cpus;
    std::size_t holder = nobody; // a claim
    std::size_t claimants = 0;   // equal for kinds that the same claims may use
};

struct CpuKinds {
    std::vector<CpuKind> kinds;                   // by lowest CPU
    std::vector<std::size_t> class_of;            // by claim: claims with equal cpusets share one
    std::vector<std::vector<std::size_t>> usable; // by class: kinds, ascending
    [[nodiscard]] std::span<const std::size_t> usable_by(std::size_t claim) const
    {
        return usable[class_of[claim]];
    }
};

[[nodiscard]] CpuKinds kinds_of(const CpuSet &cpus, std::span<const Claim> claims);

} // namespace mitosis
