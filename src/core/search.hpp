// SPDX-License-Identifier: GPL-2.0-only
// Search: the best placement on a machine so small that all can be looked at.
#pragma once

#include "core/claim.hpp"
#include "core/cpu_set.hpp"
#include "core/topology.hpp"

#include <span>
#include <vector>

namespace mitosis {

inline constexpr unsigned searched_cpus = 8;

/// Of all placements with the same shares that move no more CPUs from their holders and stay within
/// `allowed`, the one with the fewest CPUs that their owner does not prefer, then the fewest splits
/// (splits.hpp); the one given, where none is better. By branch and bound; takes time exponential
/// in the number of CPUs.
void search(const Topology &topology, std::span<const Claim> claims, std::vector<CpuSet> &owned);

} // namespace mitosis
