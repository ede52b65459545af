// SPDX-License-Identifier: GPL-2.0-only
// Splits: how scattered a division of CPUs is.
#pragma once

#include "core/cpu_set.hpp"
#include "core/topology.hpp"

#include <compare>
#include <span>

namespace mitosis {

/// Ordered by what hurts most. All are 0 when every owner sits within one LLC and no two owners
/// share a core.
struct Splits {
    unsigned llcs = 0;  // over all owners: LLCs they lie in, beyond the first
    unsigned nodes = 0; // the same with NUMA nodes
    unsigned cores = 0; // over all cores: owners of its threads, beyond the first
    friend auto operator<=>(const Splits &, const Splits &) = default;
};

/// `owned` by owner, disjoint, online.
[[nodiscard]] Splits splits_of(const Topology &topology, std::span<const CpuSet> owned);

} // namespace mitosis
