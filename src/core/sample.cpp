// SPDX-License-Identifier: GPL-2.0-only
#include "core/sample.hpp"

#include "core/ids.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace mitosis {
namespace {

constexpr std::array sums{
    &CellCounters::dispatch_local,
    &CellCounters::dispatch_cpu_queue,
    &CellCounters::dispatch_cell_queue,
    &CellCounters::dispatch_borrowed,
    &CellCounters::affinity_violations,
    &CellCounters::run_ns,
    &CellCounters::wait_ns,
    &CellCounters::waits,
    &CellCounters::borrowed_ns,
    &CellCounters::lent_ns,
    &CellCounters::reclaims,
    &CellCounters::reclaim_ns,
    &CellCounters::steals,
    &CellCounters::private_steals,
    &CellCounters::multicpu_pins,
    &CellCounters::pin_skips,
    &CellCounters::slice_shrink_max,
    &CellCounters::slice_shrink_proportional,
    &CellCounters::slice_shrink_min,
};
constexpr std::array high_water_marks{
    &CellCounters::wait_max_ns,
    &CellCounters::reclaim_max_ns,
};
static_assert(sizeof(CellCounters) ==
                  (sums.size() + high_water_marks.size() + wait_buckets) * sizeof(std::uint64_t),
              "every counter is a sum, a high-water mark or a bucket");

/// A single counter that went back means that all of them began anew.
bool began_anew(const CellCounters &before, const CellCounters &now)
{
    return std::ranges::any_of(sums, [&](auto sum) { return now.*sum < before.*sum; }) ||
           !std::ranges::equal(before.wait_histogram, now.wait_histogram, std::less_equal{});
}

CellCounters minus(CellCounters now, const CellCounters &before)
{
    for (const auto sum : sums)
        now.*sum -= before.*sum;
    for (std::size_t bucket = 0; bucket < wait_buckets; ++bucket)
        now.wait_histogram[bucket] -= before.wait_histogram[bucket];
    return now;
}

/// A CPU missing in `before` had not run the cell yet; one that went back is read as idle, since a
/// sum over CPUs that did not go back cannot tell which of them lied.
std::vector<std::uint64_t> minus(std::vector<std::uint64_t> now,
                                 const std::vector<std::uint64_t> &before)
{
    for (std::size_t cpu = 0; cpu < std::min(now.size(), before.size()); ++cpu)
        now[cpu] -= std::min(now[cpu], before[cpu]);
    return now;
}

CellDelta difference(const CellSample *before, const CellSample &now)
{
    if (before == nullptr || began_anew(before->total, now.total))
        return {.cell = now.cell, .counters = now.total, .run_ns_by_cpu = now.run_ns_by_cpu};
    return {.cell = now.cell,
            .counters = minus(now.total, before->total),
            .run_ns_by_cpu = minus(now.run_ns_by_cpu, before->run_ns_by_cpu)};
}

} // namespace

void add(CellCounters &total, const CellCounters &more)
{
    for (const auto sum : sums)
        total.*sum += more.*sum;
    for (const auto mark : high_water_marks)
        total.*mark = std::max(total.*mark, more.*mark);
    for (std::size_t bucket = 0; bucket < wait_buckets; ++bucket)
        total.wait_histogram[bucket] += more.wait_histogram[bucket];
}

const CellSample *Sample::find(CellId id) const
{
    const auto cell = std::ranges::lower_bound(cells, id, {}, &CellSample::cell);
    return cell != cells.end() && cell->cell == id ? &*cell : nullptr;
}

SampleDelta difference(const Sample &before, const Sample &now)
{
    SampleDelta delta{.elapsed = now.taken_at - before.taken_at, .cells = {}};
    for (const CellSample &cell : now.cells)
        delta.cells.push_back(difference(before.find(cell.cell), cell));
    return delta;
}

} // namespace mitosis
