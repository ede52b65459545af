// SPDX-License-Identifier: GPL-2.0-only
// Apportion: how many CPUs of which kind each claim gets. Which ones is placement's business.
//
// Whole CPUs follow the quotas by Webster's divisor method under bounds (Balinski and Young, Fair
// Representation, 1982, chapters 4, 9 and appendix A): the next CPU goes where quota / (2 x share +
// 1) is greatest. Divisor methods are the ones under which nobody loses by its own quota rising
// (population monotonicity) or by the house growing (house monotonicity); methods of largest
// remainders are not. The vectors of shares that cpusets allow form a polymatroid, on which such a
// greedy minimises the sum of (share - quota)^2 / quota exactly (Federgruen and Groenevelt, The
// Greedy Procedure for Resource Allocation Problems, 1986), so the properties hold under cpusets.
#pragma once

#include "core/claim.hpp"
#include "core/cpu_kinds.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace mitosis {

struct Shares {
    std::vector<unsigned> count; // by claim
    struct Part {
        std::size_t kind;
        unsigned count; // > 0
    };
    std::vector<std::vector<Part>> parts; // by claim: what `count` is made of, by kind
};

/// Every CPU goes to a claim. First every claim gets one (the root cell before all, populated cells
/// before empty ones, then present holders before others), then its minimum, level by level, then
/// quotas are followed up to maxima; what nobody may have is the root cell's. A share is 0 only
/// where no CPU can be found for the claim whatever the others give. Among equals the CPU goes
/// where more CPUs then stay with their holders, then to the lower cell id.
[[nodiscard]] Shares apportion(const CpuKinds &kinds, std::span<const Claim> claims,
                               std::span<const double> quotas);

} // namespace mitosis
