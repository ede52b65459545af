// SPDX-License-Identifier: GPL-2.0-only
// Rebalance: when moving CPUs is worth it. Upstream's rule says when it may be (a spread of
// utilisation, a cooldown); on top of it a move has to repay: every CPU that changes hands must
// bring the shares nearer to what is due by at least half a CPU, so that noise around a boundary,
// where a CPU is due to one cell as much as to the other, moves nothing.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/division.hpp"
#include "core/load.hpp"

namespace mitosis {

/// The gap between the highest and the lowest demand per CPU owned, in percentage points (100 = one
/// CPU's time demanded per CPU owned). Cells that own nothing or were not measured yet do not
/// count; 0 with fewer than two.
[[nodiscard]] double spread_pct(const Loads &loads, const Assignment &applied);

struct RebalanceClock {
    Clock::time_point now;
    Clock::time_point moved;      // CPUs last moved; the clock's origin when they never did
    Clock::time_point considered; // a division was last tried
};

/// Cheap enough for every tick; allocates nothing.
[[nodiscard]] bool is_rebalance_due(const Rebalancing &rule, const Loads &loads,
                                    const Assignment &applied, const RebalanceClock &clock);

[[nodiscard]] bool repays(const Division &division, const Assignment &applied);

} // namespace mitosis
