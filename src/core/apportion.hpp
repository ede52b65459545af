// SPDX-License-Identifier: GPL-2.0-only
// Apportion: how many CPUs each claim gets. Which ones is placement's business.
#pragma once

#include "core/claim.hpp"
#include "core/cpu_set.hpp"

#include <span>
#include <vector>

namespace mitosis {

/// Shares by claim, as equal as the cpusets allow: no share could rise without lowering one that
/// is not larger (max-min fairness). Their sum is the number of CPUs, and a placement that meets
/// them all exists. The odd CPUs go to present holders first, then to the lower cell id. A share
/// is 0 only where no CPU can be found for the claim whatever the others give; the root cell
/// (the first claim, allowed everywhere) never is among those.
[[nodiscard]] std::vector<unsigned> apportion_equally(const CpuSet &cpus,
                                                      std::span<const Claim> claims);

} // namespace mitosis
