// SPDX-License-Identifier: GPL-2.0-only
#include "sched/bpf_scheduler.hpp"

#include "bpf/intf.h"
#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/kernel_cell.hpp"
#include "core/kernel_event.hpp"
#include "core/ownership.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "core/topology.hpp"
#include "sched/object.hpp"
#include "sched/possible_cpus.hpp"
#include "sched/scheduler_options.hpp"
#include "sched/skeleton.hpp"
#include "sched/wire.hpp"
#include "sys/unique_fd.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <ranges>
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

/// For each CPU the next one of its core, in a ring.
std::vector<std::uint32_t> sibling_rings(const Topology &topology, std::uint32_t cpus)
{
    auto next = std::views::iota(0U, cpus) | std::ranges::to<std::vector<std::uint32_t>>();
    for (const unsigned cpu : topology.online()) {
        const CpuSet &core = topology.siblings_of(cpu);
        const auto after =
            std::ranges::find_if(core, [cpu](unsigned other) { return other > cpu; });
        next[cpu] = after == core.end() ? *core.begin() : *after;
    }
    return next;
}

std::uint32_t node_of(const Topology &topology, unsigned llc)
{
    return topology.node_of(*topology.cpus_of(LlcId{llc}).begin());
}

/// Bits of the other LLCs on the NUMA node of this one.
std::uint64_t near_llcs(const Topology &topology, unsigned llc)
{
    std::uint64_t near = 0;
    for (unsigned other = 0; other < topology.llc_count(); ++other) {
        if (other != llc && node_of(topology, other) == node_of(topology, llc)) {
            near |= std::uint64_t{1} << (other % 64);
        }
    }
    return near;
}

void place_llcs(const Topology &topology, LoadOptions &load)
{
    load.sizes.llcs = topology.llc_count();
    for (unsigned llc = 0; llc < load.sizes.llcs; ++llc) {
        load.near_llcs.push_back(near_llcs(topology, llc));
    }
    load.llc_of_cpu.resize(load.sizes.cpus);
    for (const unsigned cpu : topology.online()) {
        load.llc_of_cpu[cpu] = topology.llc_of(cpu);
    }
}

LoadOptions load_options(const SchedulerOptions &options, const Topology &topology,
                         const CpuSet &possible)
{
    LoadOptions load{
        .sizes = {.cpus = count_of_cpu_numbers(possible | topology.online()),
                  .cells = options.cell_capacity,
                  .llcs = 1},
        .possible_cpus = possible.count(),
        .llc_of_cpu = {},
        .sibling_of_cpu = {},
        .near_llcs = {},
        .smt = Smt::off,
        .features = options.features,
        .slice = options.slice,
        .timeout = options.timeout,
        .exit_dump_len = options.exit_dump_len,
        .libbpf = options.libbpf,
    };
    load.sibling_of_cpu = sibling_rings(topology, load.sizes.cpus);
    if (options.features.llc_awareness) {
        place_llcs(topology, load);
    }
    for (const unsigned cpu : topology.online()) {
        if (topology.siblings_of(cpu).count() > 1) {
            load.smt = Smt::on;
        }
    }
    return load;
}

/// All that are online: each has an owner.
CpuSet cpus_of(const Assignment &assignment)
{
    CpuSet cpus;
    for (const CellCpus &cell : assignment.cells) {
        cpus |= cell.primary;
    }
    return cpus;
}

} // namespace

BpfScheduler::BpfScheduler(Skeleton skeleton, Stage stage)
    : skeleton_(std::move(skeleton)), in_force_(std::move(stage))
{
}

Result<BpfScheduler> BpfScheduler::open(const SchedulerOptions &options, const Topology &topology)
{
    const auto load = check_options(options, topology)
                          .and_then(read_possible_cpus)
                          .transform([&](const CpuSet &possible) {
                              return load_options(options, topology, possible);
                          });
    if (!load) {
        return std::unexpected(load.error());
    }
    auto skeleton = Skeleton::open(*load);
    if (!skeleton) {
        return std::unexpected(std::move(skeleton).error());
    }
    BpfScheduler scheduler(std::move(*skeleton), empty_stage(load->sizes));
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

Result<BpfScheduler> BpfScheduler::adopt(const SchedulerOptions &options, const Topology &topology,
                                         sys::NamedFds handles)
{
    auto skeleton = check_options(options, topology)
                        .and_then(read_possible_cpus)
                        .and_then([&](const CpuSet &possible) {
                            return Skeleton::adopt(load_options(options, topology, possible),
                                                   std::move(handles));
                        });
    if (!skeleton) {
        return std::unexpected(std::move(skeleton).error());
    }
    Stage staged = skeleton->staged();
    return BpfScheduler(*std::move(skeleton), std::move(staged));
}

Result<void> BpfScheduler::attach()
{
    return skeleton_.attach();
}

KernelEvents BpfScheduler::read_events()
{
    const Told told = skeleton_.read_events();
    KernelEvents decoded{.events = {}, .lost = told.lost};
    for (const mitosis_event &event : told.events) {
        decoded.events.push_back(decode_event(event));
    }
    return decoded;
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

Result<void> BpfScheduler::settle()
{
    return skeleton_.settle();
}

Result<Sample> BpfScheduler::read_sample(std::span<const Cell> live,
                                         std::span<const CellId> retired, Clock::time_point now)
{
    auto prepared = settle().and_then([&] { return skeleton_.look_at_waits(); });
    if (!prepared) {
        return with_context(std::move(prepared).error(), "read sample");
    }
    Sample sample{.taken_at = now, .cells = {}, .drained = {}};
    std::vector<mitosis_counters> counters = skeleton_.empty_counters();
    for (const Cell &cell : live) {
        if (auto read = skeleton_.read_counters(cell.id, counters); !read) {
            return with_context(std::move(read).error(), "read sample");
        }
        const auto entry = skeleton_.read_cell(cell.id);
        if (!entry) {
            return with_context(entry.error(), "read sample");
        }
        sample.cells.push_back(decode_sample(cell.id, counters, skeleton_.possible(), *entry));
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
    auto stage = encode(assignment, cells, cpus_of(assignment), in_force_);
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

Result<std::optional<Ownership>> BpfScheduler::read_ownership()
{
    if (!skeleton_.attached()) {
        return std::nullopt;
    }
    return skeleton_.read_cpus().transform(
        [](const std::vector<mitosis_cpu> &cpus) { return std::optional(decode_cpus(cpus)); });
}

Result<std::vector<KernelCell>> BpfScheduler::read_cells() const
{
    std::vector<KernelCell> cells;
    for (std::uint32_t index = 0; index < in_force_.cells.size(); ++index) {
        const auto entry = skeleton_.read_cell(CellId{index});
        if (!entry) {
            return std::unexpected(entry.error());
        }
        if (entry->state != MITOSIS_CELL_FREE) {
            cells.push_back({.id = CellId{index},
                             .cgroup = CgroupId{entry->cgroup},
                             .live = entry->state == MITOSIS_CELL_LIVE});
        }
    }
    return cells;
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
