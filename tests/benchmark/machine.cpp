// SPDX-License-Identifier: GPL-2.0-only
#include "benchmark/machine.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/cpu_set.hpp"
#include "core/decide.hpp"
#include "core/ids.hpp"
#include "core/sample.hpp"
#include "core/topology.hpp"
#include "support/builders.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <format>
#include <utility>

namespace mitosis::test {
namespace {

constexpr unsigned cpus_per_llc = 16;
constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr CellId pinned{1}; // the cell that fills its CPU, where the machine is uneven

Topology machine_of(unsigned cpus)
{
    return cpus < cpus_per_llc ? topology(1, cpus / 2, 2)
                               : topology(cpus / cpus_per_llc, cpus_per_llc / 2, 2);
}

} // namespace

RunningMachine::RunningMachine(unsigned cpus, std::uint32_t cells, Condition condition)
    : condition_(condition), topology_(machine_of(cpus)),
      sample_{.taken_at = {}, .cells = {}, .drained = {}}
{
    config_.cell_parent_cgroup = "/work.slice";
    config_.rebalancing.enabled = true;
    config_.features.borrowing = true;
    state_.cells = CellTable(cells + 1);
    scan_.parent_present = true;
    for (std::uint32_t cell = 0; cell < cells; ++cell)
        scan_.children.push_back(
            entry(cell + 1, std::format("/work.slice/a-rather-long-name-{:04}.service", cell)));
    if (condition == Condition::refusing)
        scan_.children.push_back(entry(cells + 1, "/work.slice/refused.service"));
    if (condition == Condition::uneven)
        scan_.children.front().cpuset = CpuSet::range(0, 0);
    decide_on({.now = at(0), .sample = {}, .scan = scan_});
    for (const Cell &cell : state_.cells.cells())
        sample_.cells.push_back({.cell = cell.id, .total = {}, .run_ns_by_cpu = {}});
}

std::uint64_t RunningMachine::run_ns(CellId cell) const
{
    return condition_ == Condition::uneven && cell == pinned ? second_ns : second_ns / 2;
}

Inputs RunningMachine::next_tick()
{
    now_s_ += 1;
    sample_.taken_at = at(now_s_);
    for (CellSample &cell : sample_.cells)
        for (const unsigned cpu : state_.applied.find(cell.cell)->primary) {
            cell.run_ns_by_cpu.resize(
                std::max<std::size_t>(cell.run_ns_by_cpu.size(), std::size_t{cpu} + 1), 0);
            cell.run_ns_by_cpu[cpu] += run_ns(cell.cell);
            cell.total.run_ns += run_ns(cell.cell);
        }
    return {.now = at(now_s_), .sample = sample_, .scan = scan_};
}

void RunningMachine::decide_on(Inputs inputs)
{
    decide(config_, topology_, state_, std::move(inputs), decision_);
    std::swap(state_, decision_.next);
}

} // namespace mitosis::test
