// SPDX-License-Identifier: GPL-2.0-only
#include "stats/fields.hpp"

#include "core/activity.hpp"
#include "core/sample.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <span>

namespace mitosis::stats {

namespace {

using Json = nlohmann::json;
template <Formula Of> Json pct(const Figures &figures)
{
    return Of(figures.activity).percent();
}

template <std::uint64_t CellCounters::*Event> Json count(const Figures &figures)
{
    return figures.activity.events.*Event;
}

// No queue is ever drained here: tasks of a cell that loses CPUs are moved by its other CPUs.
Json nothing(const Figures & /*figures*/)
{
    return std::uint64_t{0};
}

using C = CellCounters;
constexpr std::array table{
    Field{"num_cells", Scope::global, Kind::count, "cells that exist",
          [](const Figures &f) -> Json { return f.cells; }},
    Field{"num_cpus", Scope::cell, Kind::count, "CPUs that the cell owns",
          [](const Figures &f) -> Json { return f.cpus; }},
    Field{"cgroup_path", Scope::cell, Kind::text, "owning cgroup, below the cgroup root",
          [](const Figures &f) -> Json { return f.cgroup; }},
    Field{"local_q_pct", Scope::both, Kind::real, "sent straight to an idle CPU, % of decisions",
          pct<of_decisions<&C::dispatch_local>>},
    Field{"cpu_q_pct", Scope::both, Kind::real, "sent to the queue of one CPU, % of decisions",
          pct<of_decisions<&C::dispatch_cpu_queue>>},
    Field{"cell_q_pct", Scope::both, Kind::real, "sent to the queue of the cell, % of decisions",
          pct<of_decisions<&C::dispatch_cell_queue>>},
    Field{"borrowed_pct", Scope::both, Kind::real,
          "sent to an idle CPU of another cell, % of decisions",
          pct<of_decisions<&C::dispatch_borrowed>>},
    Field{"affn_violations_pct", Scope::both, Kind::real,
          "affinity does not cover the cell, % of decisions",
          pct<of_decisions<&C::affinity_violations>>},
    Field{"steal_pct", Scope::both, Kind::real, "taken from a sibling LLC's queue, % of decisions",
          pct<of_decisions<&C::steals>>},
    Field{"drain_cnt", Scope::both, Kind::count, "queues drained; always 0", nothing},
    Field{"drain_affn_cnt", Scope::both, Kind::count, "pinned tasks drained; always 0", nothing},
    Field{"pin_skip_pct", Scope::both, Kind::real,
          "pinnings let pass while a cpuset changed, % of decisions",
          pct<of_decisions<&C::pin_skips>>},
    Field{"slice_shrink", Scope::both, Kind::count, "slices cut",
          [](const Figures &f) -> Json { return slice_shrinks(f.activity.events); }},
    Field{"slice_shrink_max", Scope::both, Kind::count, "slices cut to the upper limit",
          count<&C::slice_shrink_max>},
    Field{"slice_shrink_proportional", Scope::both, Kind::count, "slices cut in proportion",
          count<&C::slice_shrink_proportional>},
    Field{"slice_shrink_min", Scope::both, Kind::count, "slices cut to the lower limit",
          count<&C::slice_shrink_min>},
    Field{"share_of_decisions_pct", Scope::both, Kind::real, "decisions, % of those of all cells",
          pct<share_of_decisions>},
    Field{"total_decisions", Scope::both, Kind::count, "decisions in the interval",
          [](const Figures &f) -> Json { return decisions(f.activity.events); }},
    Field{"util_pct", Scope::both, Kind::real, "CPU time, % of that of the own CPUs",
          pct<of_capacity<&C::run_ns>>},
    Field{"demand_borrow_pct", Scope::both, Kind::real, "CPU time on others' CPUs, % of CPU time",
          pct<borrowed_of_use>},
    Field{"lent_pct", Scope::both, Kind::real, "others' CPU time, % of that of the own CPUs",
          pct<of_capacity<&C::lent_ns>>},
    Field{"smoothed_util_pct", Scope::cell, Kind::real,
          "moving average of CPU time used and waited for, % of that of the own CPUs",
          [](const Figures &f) -> Json { return f.smoothed_utilization.percent(); }},
    Field{"rebalance_count", Scope::global, Kind::count, "rebalances so far",
          [](const Figures &f) -> Json { return f.rebalances; }},
    Field{"enforced_holdout", Scope::global, Kind::count,
          "1 once CPUs that cells claim were held out for cell 0",
          [](const Figures &f) -> Json { return std::uint64_t{f.held_out ? 1U : 0U}; }},
};

} // namespace

std::span<const Field> fields()
{
    return table;
}

} // namespace mitosis::stats
