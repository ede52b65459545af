// SPDX-License-Identifier: GPL-2.0-only
// Exchange: improving a placement two or three CPUs at a time.
#pragma once

#include "core/claim.hpp"
#include "core/cpu_set.hpp"
#include "core/topology.hpp"

#include <span>
#include <vector>

namespace mitosis {

inline constexpr unsigned cpus_in_threes = 32;

/// Exchanges pairs of CPUs between owners, on machines of up to `cpus_in_threes` CPUs also three in
/// a ring, as long as that brings fewer CPUs that their owner does not prefer, then fewer splits
/// (splits.hpp), and neither moves more CPUs from their holders nor leaves `allowed`. No share
/// changes. Takes time in the square of the number of CPUs, in the cube where that is small.
void exchange(const Topology &topology, std::span<const Claim> claims, std::vector<CpuSet> &owned);

} // namespace mitosis
