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
/// them.
struct CpuPlace {
    unsigned cpu;
    std::uint32_t core;
    std::uint32_t llc;
    std::uint32_t node;
};

class Topology {
public:
    /// EINVAL when there is no CPU, a CPU is listed twice or is >= max_cpus.
    /// LLCs are renumbered densely in the order of their lowest CPU.
    [[nodiscard]] static Result<Topology> from_places(std::span<const CpuPlace> places);

    [[nodiscard]] const CpuSet &online() const { return online_; }
    [[nodiscard]] unsigned llc_count() const { return static_cast<unsigned>(llcs_.size()); }
    /// Preconditions of the next four: cpu is online; llc < llc_count().
    [[nodiscard]] LlcId llc_of(unsigned cpu) const;
    [[nodiscard]] std::uint32_t node_of(unsigned cpu) const;
    [[nodiscard]] const CpuSet &siblings_of(unsigned cpu) const; // SMT siblings, cpu included
    [[nodiscard]] const CpuSet &cpus_of(LlcId llc) const;

private:
    struct Seat {
        std::uint32_t core; // index into cores_
        LlcId llc;
        std::uint32_t node;
    };
    CpuSet online_;
    std::vector<Seat> seats_; // by CPU number, meaningful where online
    std::vector<CpuSet> cores_;
    std::vector<CpuSet> llcs_;
};

} // namespace mitosis
