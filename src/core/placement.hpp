// SPDX-License-Identifier: GPL-2.0-only
// Placement: which CPUs each claim gets, once apportionment said how many of each kind.
#pragma once

#include "core/apportion.hpp"
#include "core/claim.hpp"
#include "core/cpu_kinds.hpp"
#include "core/cpu_set.hpp"
#include "core/topology.hpp"

#include <span>
#include <vector>

namespace mitosis {

/// CPUs by claim, `shares.count[i]` of them for claim i, each within its claim's `allowed`. A claim
/// keeps as many of its CPUs as its shares say; beyond that its CPUs are preferred ones, lie in few
/// LLCs and NUMA nodes and make whole cores where they can: the best of several greedy ways, on
/// machines of up to `polished_cpus` CPUs improved until no exchange helps (exchange.hpp), and of
/// up to `searched_cpus` the best of all (search.hpp).
[[nodiscard]] std::vector<CpuSet> place(const Topology &topology, const CpuKinds &kinds,
                                        std::span<const Claim> claims, const Shares &shares);

inline constexpr unsigned polished_cpus = 128;

} // namespace mitosis
