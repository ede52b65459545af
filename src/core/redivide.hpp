// SPDX-License-Identifier: GPL-2.0-only
// Redivide: dividing the CPUs anew, and by which demands. Where a division is about something else
// than load, such as a cell that came, the other cells' demands count as at the last division, so
// that noise moves no CPU along the way.
#pragma once

#include "core/config.hpp"
#include "core/decide.hpp"
#include "core/division.hpp"
#include "core/load.hpp"
#include "core/topology.hpp"

namespace mitosis {

/// Load may move CPUs now. The cooldown counts from when CPUs last moved, for whatever reason, and
/// from the start, too.
[[nodiscard]] bool may_rebalance(const Config &config, const KnownState &state,
                                 Clock::time_point now);

struct Redivision {
    Division division;
    Demands demands; // that it goes by
};

/// By the latest demands.
[[nodiscard]] Redivision follow_demands(const Config &config, const Topology &topology,
                                        const KnownState &state);

/// By those of the last division; by the latest ones where, the cooldown having passed since they
/// last counted, load might move CPUs anyway and what that moves repays.
[[nodiscard]] Redivision keep_demands(const Config &config, const Topology &topology,
                                      const KnownState &state, Clock::time_point now);

} // namespace mitosis
