// SPDX-License-Identifier: GPL-2.0-only
#include "core/sample.hpp"

#include "core/ids.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

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

} // namespace

bool began_anew(const CellCounters &before, const CellCounters &now)
{
    return std::ranges::any_of(sums, [&](auto sum) { return now.*sum < before.*sum; }) ||
           !std::ranges::equal(before.wait_histogram, now.wait_histogram, std::less_equal{});
}

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

} // namespace mitosis
