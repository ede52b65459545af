// SPDX-License-Identifier: GPL-2.0-only
#include "core/activity.hpp"

#include "core/sample.hpp"
#include "core/status.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <ratio>

namespace mitosis {

namespace {

constexpr std::array shown{&CellCounters::dispatch_local,
                           &CellCounters::dispatch_cpu_queue,
                           &CellCounters::dispatch_cell_queue,
                           &CellCounters::dispatch_borrowed,
                           &CellCounters::affinity_violations,
                           &CellCounters::run_ns,
                           &CellCounters::borrowed_ns,
                           &CellCounters::lent_ns,
                           &CellCounters::steals,
                           &CellCounters::pin_skips,
                           &CellCounters::slice_shrink_max,
                           &CellCounters::slice_shrink_proportional,
                           &CellCounters::slice_shrink_min};

CellCounters growth(const CellCounters &before, const CellCounters &now)
{
    CellCounters grown;
    for (const auto counter : shown)
        grown.*counter = now.*counter - before.*counter;
    return grown;
}

} // namespace

std::uint64_t decisions(const CellCounters &counters)
{
    return counters.dispatch_local + counters.dispatch_cpu_queue + counters.dispatch_cell_queue +
           counters.dispatch_borrowed;
}

std::uint64_t slice_shrinks(const CellCounters &counters)
{
    return counters.slice_shrink_max + counters.slice_shrink_proportional +
           counters.slice_shrink_min;
}

// What follows from a sample is in the later status already: CPUs that were moved because of it
// were not the cell's while it ran.
Activity activity(const CellStatus *before, const CellStatus &now,
                  std::chrono::duration<double, std::nano> elapsed)
{
    const bool anew = before == nullptr || began_anew(before->counters, now.counters);
    const CellStatus &owner = before == nullptr ? now : *before;
    return {.events = growth(anew ? CellCounters{} : before->counters, now.counters),
            .capacity_ns = owner.cpus.count() * elapsed.count()};
}

void add(Activity &sum, const Activity &cell)
{
    add(sum.events, cell.events);
    sum.capacity_ns += cell.capacity_ns;
}

Ratio borrowed_of_use(const Activity &in)
{
    return {static_cast<double>(in.events.borrowed_ns), static_cast<double>(in.events.run_ns)};
}

Ratio share_of_decisions(const Activity &in)
{
    return {static_cast<double>(decisions(in.events)), static_cast<double>(in.all_decisions)};
}

Ratio smoothed_utilization(const CellStatus &cell)
{
    return {cell.load.smoothed, static_cast<double>(cell.cpus.count())};
}

} // namespace mitosis
