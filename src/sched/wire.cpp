// SPDX-License-Identifier: GPL-2.0-only
#include "sched/wire.hpp"

#include "bpf/intf.h"
#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/kernel_event.hpp"
#include "core/ownership.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <format>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::sched {
namespace {

static_assert(wait_buckets == MITOSIS_WAIT_BUCKETS);
static_assert(root_cell == CellId{MITOSIS_ROOT_CELL});

CpuSet envelope_of(const Cell &cell, const Assignment &assignment, const CpuSet &online)
{
    // The kernel runs tasks of a cpuset without online CPUs on its parent's.
    if (!cell.cpuset || !cell.cpuset->intersects(online)) {
        return online;
    }
    // The root cell may own more than its cpuset, where nobody else may.
    const CellCpus *owned = assignment.find(cell.id);
    return (*cell.cpuset & online) | (owned != nullptr ? owned->primary : CpuSet{});
}

std::span<std::uint64_t> words_of(Stage &stage, std::size_t id)
{
    const std::size_t count = stage.envelopes.size() / stage.cells.size();
    return std::span(stage.envelopes).subspan(id * count, count);
}

std::span<const std::uint64_t> words_of(const Stage &stage, std::size_t id)
{
    const std::size_t count = stage.envelopes.size() / stage.cells.size();
    return std::span(stage.envelopes).subspan(id * count, count);
}

Result<void> encode_cell(const Cell &cell, const CpuSet &envelope, const Stage &previous, Stage &to)
{
    const std::size_t id = index_of(cell.id);
    if (id >= to.cells.size()) {
        return fail(ERANGE, std::format("cell {} of {}", id, to.cells.size()));
    }
    const std::span<std::uint64_t> words = words_of(to, id);
    std::ranges::copy(envelope.words() | std::views::take(words.size()), words.begin());
    const mitosis_stage_cell &before = previous.cells[id];
    const std::uint64_t cgroup = std::to_underlying(cell.cgroup);
    const bool same = before.live == 1 && before.cgroup == cgroup &&
                      std::ranges::equal(words, words_of(previous, id));
    to.cells[id] = {.cgroup = cgroup,
                    .envelope_seq = before.envelope_seq + (same ? 0U : 1U),
                    .live = 1,
                    .lend = MITOSIS_LEND_NONE,
                    .borrows = 0,
                    .weight = 100,
                    .pad = 0};
    return {};
}

std::uint32_t encode_lend(Lend lend)
{
    switch (lend) {
    case Lend::none:
        return MITOSIS_LEND_NONE;
    case Lend::idle_cores:
        return MITOSIS_LEND_IDLE_CORES;
    case Lend::any:
        break;
    }
    return MITOSIS_LEND_ANY;
}

Result<void> encode_cpus(const CellCpus &cell, Stage &to)
{
    const std::uint32_t id = index_of(cell.cell);
    if (id >= to.cells.size() || to.cells[id].live == 0) {
        return fail(EINVAL, std::format("CPUs for cell {}, which is none", id));
    }
    to.cells[id].lend = encode_lend(cell.lend);
    to.cells[id].borrows = cell.borrowable.empty() ? 0 : 1;
    to.cells[id].weight = cell.weight;
    for (const unsigned cpu : cell.primary) {
        if (cpu >= to.cpus.size()) {
            return fail(ERANGE, std::format("CPU {} of {}", cpu, to.cpus.size()));
        }
        to.cpus[cpu].owner = id;
    }
    return {};
}

CellCounters to_counters(const mitosis_counters &from)
{
    CellCounters counters{
        .dispatch_local = from.dispatch_local,
        .dispatch_cpu_queue = from.dispatch_cpu_queue,
        .dispatch_cell_queue = from.dispatch_cell_queue,
        .dispatch_borrowed = from.dispatch_borrowed,
        .affinity_violations = from.affinity_violations,
        .run_ns = from.run_ns,
        .wait_ns = from.wait_ns,
        .waits = from.waits,
        .wait_max_ns = from.wait_max_ns,
        .borrowed_ns = from.borrowed_ns,
        .lent_ns = from.lent_ns,
        .reclaims = from.reclaims,
        .reclaim_ns = from.reclaim_ns,
        .reclaim_max_ns = from.reclaim_max_ns,
        .steals = from.steals,
        .private_steals = from.private_steals,
        .multicpu_pins = from.multicpu_pins,
        .pin_skips = from.pin_skips,
        .slice_shrink_max = from.slice_shrink_max,
        .slice_shrink_proportional = from.slice_shrink_proportional,
        .slice_shrink_min = from.slice_shrink_min,
        .wait_histogram = {},
    };
    std::ranges::copy(from.wait_histogram, counters.wait_histogram.begin());
    return counters;
}

std::string text_of(std::span<const char> field)
{
    return {field.begin(), std::ranges::find(field, '\0')};
}

KernelEvent::Kind to_kind(std::uint32_t kind)
{
    using enum KernelEvent::Kind;
    constexpr std::array kinds{unknown, cpuset, pin,    task,    cell,  cgroup, rmdir,
                               move,    config, borrow, reclaim, steal, cpu};
    static_assert(kinds.size() == MITOSIS_EVENT_CPU + 1);
    return kind < kinds.size() ? kinds.at(kind) : unknown;
}

} // namespace

Stage empty_stage(const Sizes &sizes)
{
    return {.cpus = std::vector(sizes.cpus, mitosis_stage_cpu{.owner = MITOSIS_NO_CELL, .pad = 0}),
            .cells = std::vector(sizes.cells, mitosis_stage_cell{}),
            .envelopes =
                std::vector<std::uint64_t>(std::size_t{sizes.cells} * envelope_words(sizes))};
}

std::uint32_t events_in_dump(std::uint32_t dump_len)
{
    constexpr std::uint32_t longest_line = 128;
    return std::min<std::uint32_t>(dump_len / 2 / longest_line, MITOSIS_LAST_EVENTS);
}

Result<Stage> encode(const Assignment &assignment, std::span<const Cell> cells,
                     const CpuSet &online, const Stage &previous)
{
    Stage to = previous;
    std::ranges::fill(to.cpus, mitosis_stage_cpu{.owner = MITOSIS_NO_CELL, .pad = 0});
    for (mitosis_stage_cell &cell : to.cells) {
        cell.live = 0;
        cell.cgroup = 0;
        cell.lend = MITOSIS_LEND_NONE;
        cell.borrows = 0;
    }
    for (const Cell &cell : cells) {
        const CpuSet envelope = envelope_of(cell, assignment, online);
        if (const auto encoded = encode_cell(cell, envelope, previous, to); !encoded) {
            return std::unexpected(encoded.error());
        }
    }
    for (const CellCpus &cell : assignment.cells) {
        if (const auto encoded = encode_cpus(cell, to); !encoded) {
            return std::unexpected(encoded.error());
        }
    }
    return to;
}

CellSample decode_sample(CellId cell, std::span<const mitosis_counters> by_cpu,
                         const CpuSet &possible, const mitosis_cell &entry)
{
    CellSample sample{.cell = cell,
                      .total = {},
                      .run_ns_by_cpu = {},
                      .waiters = entry.waiters,
                      .waited_ns = entry.waited_ns};
    for (const auto [cpu, counters] : std::views::zip(possible, by_cpu)) {
        add(sample.total, to_counters(counters));
        sample.run_ns_by_cpu.resize(cpu + 1);
        sample.run_ns_by_cpu[cpu] = counters.run_ns;
    }
    return sample;
}

Ownership decode_cpus(std::span<const mitosis_cpu> cpus)
{
    Ownership ownership;
    for (const mitosis_cpu &cpu : cpus) {
        if (cpu.online != 0) {
            ownership.online.insert(static_cast<unsigned>(ownership.owners.size()));
        }
        ownership.owners.push_back(cpu.owner == MITOSIS_NO_CELL ? std::nullopt
                                                                : std::optional(CellId{cpu.owner}));
    }
    return ownership;
}

KernelEvent decode_event(const mitosis_event &event)
{
    return {.kind = to_kind(event.kind),
            .at_ns = event.at,
            .cgroup = CgroupId{event.cgroup},
            .pid = event.pid,
            .cell = CellId{event.cell},
            .cpu = event.cpu};
}

ExitInfo decode_exit(const mitosis_exit &record)
{
    return {.kind = record.kind,
            .code = record.code,
            .reason = text_of(record.reason),
            .message = text_of(record.msg),
            .at_realtime_us = 0};
}

} // namespace mitosis::sched
