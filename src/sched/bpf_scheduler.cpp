// SPDX-License-Identifier: GPL-2.0-only
#include "sched/bpf_scheduler.hpp"

#include "bpf/intf.h"
#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "core/topology.hpp"
#include "sched/skeleton.hpp"
#include "sched/wire.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <format>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace mitosis::sched {
namespace {

std::uint32_t count_of_cpu_numbers(const CpuSet &possible)
{
    std::uint32_t count = 1;
    for (const unsigned cpu : possible) {
        count = cpu + 1;
    }
    return count;
}

LoadOptions load_options(const SchedulerOptions &options, const Topology &topology,
                         const CpuSet &possible)
{
    LoadOptions load{
        .sizes = {.cpus = count_of_cpu_numbers(possible | topology.online()),
                  .cells = options.cell_capacity,
                  .llcs = topology.llc_count()},
        .llc_of_cpu = {},
        .smt = Smt::off,
        .slice = options.slice,
        .timeout = options.timeout,
        .exit_dump_len = options.exit_dump_len,
        .hotplug_seq = options.hotplug_seq,
    };
    load.llc_of_cpu.resize(load.sizes.cpus);
    for (const unsigned cpu : topology.online()) {
        load.llc_of_cpu[cpu] = topology.llc_of(cpu);
        if (topology.siblings_of(cpu).count() > 1) {
            load.smt = Smt::on;
        }
    }
    return load;
}

Result<void> check(const SchedulerOptions &options, const Topology &topology)
{
    if (options.cell_capacity < 1 || options.cell_capacity > MITOSIS_MAX_CELLS) {
        return fail(EINVAL, std::format("room for {} cells", options.cell_capacity));
    }
    if (topology.llc_count() > MITOSIS_MAX_LLCS) {
        return fail(EINVAL, std::format("a machine of {} LLCs", topology.llc_count()));
    }
    if (options.slice <= std::chrono::microseconds::zero()) {
        return fail(EINVAL, "a slice without length");
    }
    if (options.timeout < std::chrono::milliseconds::zero() ||
        options.timeout > std::chrono::seconds(30)) {
        return fail(EINVAL, "a watchdog beyond 30 s");
    }
    return {};
}

} // namespace

BpfScheduler::BpfScheduler(Skeleton skeleton, CpuSet online, Stage stage)
    : skeleton_(std::move(skeleton)), online_(online), in_force_(std::move(stage))
{
}

Result<BpfScheduler> BpfScheduler::open(const SchedulerOptions &options, const Topology &topology)
{
    if (auto checked = check(options, topology); !checked) {
        return std::unexpected(std::move(checked).error());
    }
    const auto possible = read_possible_cpus();
    if (!possible) {
        return std::unexpected(possible.error());
    }
    const LoadOptions load = load_options(options, topology, *possible);
    auto skeleton = Skeleton::open(load);
    if (!skeleton) {
        return std::unexpected(std::move(skeleton).error());
    }
    BpfScheduler scheduler(std::move(*skeleton), topology.online(), empty_stage(load.sizes));
    Cell root{};
    root.id = root_cell;
    root.path = "/";
    const Assignment whole{
        .cells = {{.cell = root_cell, .primary = topology.online(), .borrowable = {}}},
        .pooled = {}};
    if (auto applied = scheduler.apply(whole, std::span(&root, 1), {}); !applied) {
        return std::unexpected(std::move(applied).error());
    }
    return scheduler;
}

Result<void> BpfScheduler::attach()
{
    return skeleton_.attach();
}

std::optional<ExitInfo> BpfScheduler::read_exit()
{
    const auto record = skeleton_.read_exit();
    if (!record) {
        return std::nullopt;
    }
    ExitInfo info = decode_exit(*record);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    info.at_realtime_us = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(now).count());
    return info;
}

Result<Sample> BpfScheduler::read_sample(std::span<const Cell> live,
                                         std::span<const CellId> retired, Clock::time_point now)
{
    if (auto settled = skeleton_.settle(); !settled) {
        return with_context(std::move(settled).error(), "read sample");
    }
    Sample sample{.taken_at = now, .cells = {}, .drained = {}};
    std::vector<mitosis_counters> counters = skeleton_.empty_counters();
    for (const Cell &cell : live) {
        if (auto read = skeleton_.read_counters(cell.id, counters); !read) {
            return with_context(std::move(read).error(), "read sample");
        }
        sample.cells.push_back(decode_counters(cell.id, counters, skeleton_.possible()));
    }
    for (const CellId id : retired) {
        const auto cell = skeleton_.read_cell(id);
        if (!cell) {
            return with_context(cell.error(), "read sample");
        }
        if (cell->state == MITOSIS_CELL_FREE) {
            sample.drained.push_back(id);
        }
    }
    std::ranges::sort(sample.drained);
    return sample;
}

Result<void> BpfScheduler::apply(const Assignment &assignment, std::span<const Cell> cells,
                                 std::span<const CellId> /*retired: whatever is not live*/)
{
    auto stage = encode(assignment, cells, online_, in_force_);
    if (!stage) {
        return with_context(std::move(stage).error(), "apply cells");
    }
    if (auto cleared = clear_new_cells(*stage); !cleared) {
        return with_context(std::move(cleared).error(), "apply cells");
    }
    skeleton_.stage(*stage);
    if (skeleton_.attached()) {
        if (auto applied = skeleton_.apply_staged(); !applied) {
            return with_context(std::move(applied).error(), "apply cells");
        }
    }
    in_force_ = std::move(*stage);
    return {};
}

Result<void> BpfScheduler::clear_new_cells(const Stage &stage)
{
    Result<void> cleared;
    for (std::size_t id = 0; id < stage.cells.size() && cleared; ++id) {
        if (stage.cells[id].live > in_force_.cells[id].live) {
            cleared = skeleton_.clear_counters(CellId{static_cast<std::uint32_t>(id)});
        }
    }
    return cleared;
}

} // namespace mitosis::sched
