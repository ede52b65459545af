// SPDX-License-Identifier: GPL-2.0-only
// Placement: which CPUs each claim gets, once apportionment said how many.
#pragma once

#include "core/claim.hpp"
#include "core/cpu_set.hpp"
#include "core/topology.hpp"

#include <span>
#include <vector>

namespace mitosis {

/// CPUs by claim, `shares[i]` of them for claim i, each within its claim's `allowed`. As few CPUs
/// as possible leave their present holder; beyond that a claim's CPUs lie in few LLCs and make
/// whole cores where they can. Precondition: the shares are feasible (apportion.hpp).
[[nodiscard]] std::vector<CpuSet> place(const Topology &topology, std::span<const Claim> claims,
                                        std::span<const unsigned> shares);

} // namespace mitosis
