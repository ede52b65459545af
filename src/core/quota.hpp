// SPDX-License-Identifier: GPL-2.0-only
// Quota: the fraction of the machine that each claim is due, before whole CPUs and cpusets.
#pragma once

#include "core/claim.hpp"

#include <span>
#include <vector>

namespace mitosis {

/// CPUs by claim, a real number each, adding up to `cpu_count`. As long as demands exceed the
/// machine they are met in proportion to weight, none beyond its demand (weighted max-min fairness:
/// Bertsekas and Gallager, Data Networks, 6.5.2); what is left over then goes to all in proportion
/// to weight times demand. Every quota lies between max(1, minimum) and the least of the maximum
/// and the number of CPUs allowed, as far as the sum permits; what nobody may have is the root
/// cell's. When one demand or weight rises, no other quota does.
[[nodiscard]] std::vector<double> quotas(unsigned cpu_count, std::span<const Claim> claims);

} // namespace mitosis
