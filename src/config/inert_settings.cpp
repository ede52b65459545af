// SPDX-License-Identifier: GPL-2.0-only
// Settings: options of the upstream scheduler that have no meaning here. They are accepted so that
// command lines written for it work, and say that they do nothing.
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
        .name = "verbose",
        .type = ValueType::integer,
        .bare = "1",
        .letter = 'v',
        .range = Range{.lowest = 0, .highest = 255},
        .effect = Effect::none,
        .summary = "does nothing, see --log-level",
        .doc = "Does nothing; use log-level. The option may be repeated.",
        .store = put<&Config::inert, &InertOptions::verbose>,
        .load = get<&Config::inert, &InertOptions::verbose>,
    },
    Setting{
        .name = "reconfiguration-interval-s",
        .type = ValueType::integer,
        .placeholder = "SECONDS",
        .unit = "seconds",
        .range = Range{.lowest = 0, .highest = 1'000'000'000},
        .effect = Effect::none,
        .summary = "does nothing",
        .doc = "Does nothing: a change of the cells is noticed when it happens.",
        .store = put<&Config::inert, &InertOptions::reconfiguration_interval>,
        .load = get<&Config::inert, &InertOptions::reconfiguration_interval>,
    },
    Setting{
        .name = "rebalance-cpus-interval-s",
        .type = ValueType::integer,
        .placeholder = "SECONDS",
        .unit = "seconds",
        .range = Range{.lowest = 0, .highest = 1'000'000'000},
        .effect = Effect::none,
        .summary = "does nothing, see --rebalance-cooldown-s",
        .doc = "Does nothing; use rebalance-cooldown-s and monitor-interval-s.",
        .store = put<&Config::inert, &InertOptions::rebalance_cpus_interval>,
        .load = get<&Config::inert, &InertOptions::rebalance_cpus_interval>,
    },
    Setting{
        .name = "exiting-task-workaround",
        .placeholder = "true|false",
        .effect = Effect::none,
        .summary = "does nothing",
        .doc = "Does nothing: exiting tasks need no special case here.",
        .store = put<&Config::inert, &InertOptions::exiting_task_workaround>,
        .load = get<&Config::inert, &InertOptions::exiting_task_workaround>,
    },
    Setting{
        .name = "cpu-controller-disabled",
        .bare = "true",
        .effect = Effect::none,
        .summary = "does nothing",
        .doc = "Does nothing: cells work whether or not the cpu controller is enabled for their "
               "cgroups.",
        .store = put<&Config::inert, &InertOptions::cpu_controller_disabled>,
        .load = get<&Config::inert, &InertOptions::cpu_controller_disabled>,
    },
};

} // namespace

std::span<const Setting> inert_settings()
{
    return rows;
}

} // namespace mitosis::config
