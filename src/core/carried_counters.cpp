// SPDX-License-Identifier: GPL-2.0-only
#include "core/carried_counters.hpp"

#include "core/cell_table.hpp"
#include "core/sample.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mitosis {
namespace {

void add_by_cpu(std::vector<std::uint64_t> &sums, std::span<const std::uint64_t> more)
{
    sums.resize(std::max(sums.size(), more.size()));
    for (std::size_t cpu = 0; cpu < more.size(); ++cpu)
        sums[cpu] += more[cpu];
}

} // namespace

void CarriedCounters::keep(const Sample &last, std::span<const Cell> cells)
{
    by_instance_.clear();
    for (const Cell &cell : cells)
        if (const CellSample *const counted = last.find(cell.id))
            by_instance_.emplace(cell.instance, *counted);
}

void CarriedCounters::add_to(Sample &sample, std::span<const Cell> cells) const
{
    for (const Cell &cell : cells) {
        const auto carried = by_instance_.find(cell.instance);
        const auto at = std::ranges::find(sample.cells, cell.id, &CellSample::cell);
        if (carried == by_instance_.end() || at == sample.cells.end())
            continue;
        add(at->total, carried->second.total);
        add_by_cpu(at->run_ns_by_cpu, carried->second.run_ns_by_cpu);
    }
}

} // namespace mitosis
