// SPDX-License-Identifier: GPL-2.0-only
// Topology: where each online CPU sits. Built once from places, immutable afterwards.
#pragma once

#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace mitosis {

/// Where one online CPU sits. core, llc and node are arbitrary keys, equal for CPUs that share
/// them; kind is one that is equal for cores of equal build (big or little).
struct CpuPlace {
    unsigned cpu;
    std::uint32_t core;
    std::uint32_t llc;
    std::uint32_t node;
    std::uint32_t kind = 0;
};

class Topology {
public:
    /// EINVAL when there is no CPU, a CPU is listed twice or is >= max_cpus.
    /// LLCs are renumbered densely in the order of their lowest CPU.
    [[nodiscard]] static Result<Topology> from_places(std::span<const CpuPlace> places);

    [[nodiscard]] const CpuSet &online() const { return online_; }
    [[nodiscard]] unsigned llc_count() const { return static_cast<unsigned>(llcs_.size()); }
    /// By CPU number; what this topology was built from, but for the choice of keys.
    [[nodiscard]] std::vector<CpuPlace> places() const;
    /// The same machine while only these of its CPUs are online. EINVAL when that is none.
    [[nodiscard]] Result<Topology> restricted_to(const CpuSet &cpus) const;
    /// Preconditions of the next five: cpu is online; llc < llc_count().
    [[nodiscard]] LlcId llc_of(unsigned cpu) const;
    [[nodiscard]] std::uint32_t node_of(unsigned cpu) const;
    [[nodiscard]] const CpuSet &siblings_of(unsigned cpu) const; // SMT siblings, cpu included
    [[nodiscard]] const CpuSet &node_around(unsigned cpu) const; // its NUMA node, cpu included
    [[nodiscard]] const CpuSet &cpus_of(LlcId llc) const;

private:
    struct Seat {
        std::uint32_t core; // index into cores_
        LlcId llc;
        std::uint32_t node; // the key
        std::uint32_t node_index;
        std::uint32_t kind;
    };
    CpuSet online_;
    std::vector<Seat> seats_; // by CPU number, meaningful where online
    std::vector<CpuSet> cores_;
    std::vector<CpuSet> llcs_;
    std::vector<CpuSet> nodes_;
};

} // namespace mitosis
