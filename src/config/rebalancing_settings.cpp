// SPDX-License-Identifier: GPL-2.0-only
// Settings: moving CPUs between cells by what they demand.
#include "config/member.hpp"
#include "config/rows.hpp"
#include "config/settings.hpp"
#include "core/config.hpp"

#include <array>
#include <span>

namespace mitosis::config {
namespace {

constexpr std::array rows{
    Setting{
        .name = "enable-rebalancing",
        .bare = "true",
        .summary = "move CPUs to the cells that need them",
        .doc = "Move CPUs from cells that use little of theirs to cells that need more. Without "
               "it CPUs change hands only when cells come, go or change their cpuset or "
               "cpu.weight.",
        .store = put<&Config::rebalancing, &Rebalancing::enabled>,
        .load = get<&Config::rebalancing, &Rebalancing::enabled>,
    },
    Setting{
        .name = "rebalance-threshold",
        .type = ValueType::real,
        .placeholder = "POINTS",
        .unit = "percentage points",
        .range = Range{.lowest = 0, .highest = 1000},
        .summary = "spread of utilisation that makes CPUs move",
        .doc = "CPUs are moved once the smoothed utilisation of the busiest and of the idlest cell "
               "lie so far apart.",
        .store = put<&Config::rebalancing, &Rebalancing::threshold>,
        .load = get<&Config::rebalancing, &Rebalancing::threshold>,
    },
    Setting{
        .name = "rebalance-cooldown-s",
        .type = ValueType::integer,
        .placeholder = "SECONDS",
        .unit = "seconds",
        .range = Range{.lowest = 0, .highest = 1'000'000'000},
        .summary = "least time between two rebalancings",
        .doc = "Least time between two rebalancings; the first one counts from the start. 0 is "
               "none.",
        .store = put<&Config::rebalancing, &Rebalancing::cooldown>,
        .load = get<&Config::rebalancing, &Rebalancing::cooldown>,
    },
    Setting{
        .name = "demand-smoothing",
        .type = ValueType::real,
        .placeholder = "FACTOR",
        .range = Range{.lowest = 0, .highest = 1},
        .summary = "weight of the newest sample in a cell's demand",
        .doc = "Weight of the newest sample in the smoothed demand of a cell. 1 forgets the past "
               "at once, small values follow slowly, 0 never changes the demand.",
        .store = put<&Config::rebalancing, &Rebalancing::smoothing>,
        .load = get<&Config::rebalancing, &Rebalancing::smoothing>,
    },
};

} // namespace

std::span<const Setting> rebalancing_settings()
{
    return rows;
}

} // namespace mitosis::config
