// SPDX-License-Identifier: GPL-2.0-only
#include "stats/fields.hpp"

#include "core/sample.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <span>

namespace mitosis::stats {

namespace {

using Json = nlohmann::json;
using Counter = std::uint64_t CellCounters::*;

double pct(double part, double whole)
{
    return whole == 0.0 ? 0.0 : 100.0 * part / whole;
}

/// A kind of event over all decisions of the scope.
template <Counter Member> Json pct_of_decisions(const Figures &figures)
{
    return pct(static_cast<double>(figures.events.*Member),
               static_cast<double>(figures.decisions()));
}

template <Counter Member> Json count(const Figures &figures)
{
    return figures.events.*Member;
}

/// A time over that of the scope's own CPUs.
template <Counter Member> Json pct_of_capacity(const Figures &figures)
{
    return pct(static_cast<double>(figures.events.*Member), figures.capacity_ns);
}

Json borrowed_pct_of_use(const Figures &figures)
{
    return pct(static_cast<double>(figures.events.borrowed_ns),
               static_cast<double>(figures.events.run_ns));
}

Json shrinks(const Figures &figures)
{
    const CellCounters &events = figures.events;
    return events.slice_shrink_max + events.slice_shrink_proportional + events.slice_shrink_min;
}

Json share(const Figures &figures)
{
    return pct(static_cast<double>(figures.decisions()),
               static_cast<double>(figures.all_decisions));
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
          pct_of_decisions<&C::dispatch_local>},
    Field{"cpu_q_pct", Scope::both, Kind::real, "sent to the queue of one CPU, % of decisions",
          pct_of_decisions<&C::dispatch_cpu_queue>},
    Field{"cell_q_pct", Scope::both, Kind::real, "sent to the queue of the cell, % of decisions",
          pct_of_decisions<&C::dispatch_cell_queue>},
    Field{"borrowed_pct", Scope::both, Kind::real,
          "sent to an idle CPU of another cell, % of decisions",
          pct_of_decisions<&C::dispatch_borrowed>},
    Field{"affn_violations_pct", Scope::both, Kind::real,
          "affinity does not cover the cell, % of decisions",
          pct_of_decisions<&C::affinity_violations>},
    Field{"steal_pct", Scope::both, Kind::real, "taken from a sibling LLC's queue, % of decisions",
          pct_of_decisions<&C::steals>},
    Field{"drain_cnt", Scope::both, Kind::count, "queues drained; always 0", nothing},
    Field{"drain_affn_cnt", Scope::both, Kind::count, "pinned tasks drained; always 0", nothing},
    Field{"pin_skip_pct", Scope::both, Kind::real,
          "pinnings let pass while a cpuset changed, % of decisions",
          pct_of_decisions<&C::pin_skips>},
    Field{"slice_shrink", Scope::both, Kind::count, "slices cut", shrinks},
    Field{"slice_shrink_max", Scope::both, Kind::count, "slices cut to the upper limit",
          count<&C::slice_shrink_max>},
    Field{"slice_shrink_proportional", Scope::both, Kind::count, "slices cut in proportion",
          count<&C::slice_shrink_proportional>},
    Field{"slice_shrink_min", Scope::both, Kind::count, "slices cut to the lower limit",
          count<&C::slice_shrink_min>},
    Field{"share_of_decisions_pct", Scope::both, Kind::real, "decisions, % of those of all cells",
          share},
    Field{"total_decisions", Scope::both, Kind::count, "decisions in the interval",
          [](const Figures &f) -> Json { return f.decisions(); }},
    Field{"util_pct", Scope::both, Kind::real, "CPU time, % of that of the own CPUs",
          pct_of_capacity<&C::run_ns>},
    Field{"demand_borrow_pct", Scope::both, Kind::real, "CPU time on others' CPUs, % of CPU time",
          borrowed_pct_of_use},
    Field{"lent_pct", Scope::both, Kind::real, "others' CPU time, % of that of the own CPUs",
          pct_of_capacity<&C::lent_ns>},
    Field{"smoothed_util_pct", Scope::cell, Kind::real,
          "moving average of CPU time used and waited for, % of that of the own CPUs",
          [](const Figures &f) -> Json { return 100.0 * f.smoothed_utilization; }},
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
