// SPDX-License-Identifier: GPL-2.0-only
#include "core/load.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/sample.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

constexpr std::uint32_t no_owner = ~std::uint32_t{0};
using OwnerByCpu = std::array<std::uint32_t, max_cpus>; // position among the loads

CellLoad *find_in(std::span<CellLoad> loads, CellId cell)
{
    const auto load = std::ranges::lower_bound(loads, cell, {}, &CellLoad::cell);
    return load != loads.end() && load->cell == cell ? &*load : nullptr;
}

void book_owners(const Assignment &in_force, std::span<CellLoad> loads, OwnerByCpu &owner)
{
    owner.fill(no_owner);
    for (const CellCpus &entry : in_force.cells)
        if (const CellLoad *load = find_in(loads, entry.cell))
            for (const unsigned cpu : entry.primary)
                owner[cpu] = static_cast<std::uint32_t>(load - loads.data());
}

/// What a demand may change by and count as the same: of a CPU, or of itself where that is more.
constexpr double noise = 1.0 / 64;

/// What a counter grew by. One that goes back alone is read as idle: whose sums grew has not begun
/// anew, and nothing tells what else it may mean.
std::uint64_t growth(std::uint64_t before, std::uint64_t now)
{
    return now - std::min(before, now);
}

std::uint64_t at(const CellSample *sample, std::size_t cpu)
{
    return sample != nullptr && cpu < sample->run_ns_by_cpu.size() ? sample->run_ns_by_cpu[cpu] : 0;
}

struct Interval {
    const OwnerByCpu &owner;
    double elapsed_ns;
    std::span<CellLoad> loads;
};

/// Books run time of one cell, CPU by CPU: its own use, and what that means for the CPU's owner.
void book_run_time(const CellSample *before, const CellSample &now, const Interval &interval,
                   CellLoad &load)
{
    const auto own = static_cast<std::uint32_t>(&load - interval.loads.data());
    for (std::size_t cpu = 0; cpu < now.run_ns_by_cpu.size(); ++cpu) {
        const std::uint64_t ran_ns = growth(at(before, cpu), now.run_ns_by_cpu[cpu]);
        if (ran_ns == 0)
            continue;
        const double cpus = static_cast<double>(ran_ns) / interval.elapsed_ns;
        const std::uint32_t owner = interval.owner[cpu];
        load.used += cpus;
        if (owner == own)
            continue;
        load.borrowed += cpus;
        if (owner != no_owner)
            interval.loads[owner].lent += cpus;
    }
}

/// How many tasks waited on average (Little's law), by all waiting up to now, whether it ended or
/// not. Who brought a long wait from another cell waited no longer here than the interval was.
double waiting_between(const CellSample *before, const CellSample &now, double elapsed_ns)
{
    const CellSample none{};
    const CellSample &from = before != nullptr ? *before : none;
    const auto waited_ns =
        growth(from.total.wait_ns + from.waited_ns, now.total.wait_ns + now.waited_ns);
    const auto waits = growth(from.total.waits, now.total.waits) + now.waiters;
    return std::min(static_cast<double>(waited_ns) / elapsed_ns, static_cast<double>(waits));
}

/// Nothing before counts for a cell whose counters began anew.
const CellSample *baseline(const Sample &before, const CellSample &now)
{
    const CellSample *sample = before.find(now.cell);
    return sample != nullptr && began_anew(sample->total, now.total) ? nullptr : sample;
}

void smooth(CellLoad &load, double seed, double elapsed_intervals, double newest)
{
    const double demand = load.used + load.waiting;
    if (!load.measured)
        load.smoothed = seed > 0 || newest == 0 ? seed : demand;
    const double weight = 1 - std::pow(1 - newest, elapsed_intervals);
    load.smoothed = weight * demand + (1 - weight) * load.smoothed;
}

} // namespace

std::optional<double> demand_of(const CellLoad &load, Demands demands)
{
    if (!load.measured)
        return std::nullopt;
    return demands == Demands::divided ? load.divided.value_or(load.due) : load.due;
}

/// Keeps what is known of the cells that still are there.
void Loads::match(std::span<const Cell> cells)
{
    const auto is_of = [](const CellLoad &load, const Cell &cell) {
        return load.cell == cell.id && load.instance == cell.instance;
    };
    if (std::ranges::equal(cells_, cells, is_of))
        return;
    std::vector<CellLoad> matching;
    for (const Cell &cell : cells) {
        const CellLoad *known = find(cell.id);
        if (known != nullptr && is_of(*known, cell))
            matching.push_back(*known);
        else
            matching.push_back({.cell = cell.id, .instance = cell.instance});
    }
    cells_ = std::move(matching);
}

double Loads::average_due() const
{
    double sum = 0;
    double count = 0;
    for (const CellLoad &load : cells_)
        if (load.measured) {
            sum += load.due;
            count += 1;
        }
    return count > 0 ? sum / count : 0;
}

void Loads::update(const Sample &before, const Sample &now, const Assignment &in_force,
                   std::span<const Cell> cells, const Smoothing &smoothing)
{
    const auto elapsed = now.taken_at - before.taken_at;
    if (elapsed <= Clock::duration::zero())
        return;
    match(cells);
    const double seed = average_due();
    const std::chrono::duration<double> elapsed_s = elapsed;
    const double elapsed_ns = elapsed_s.count() * 1e9;
    OwnerByCpu owner; // NOLINT(cppcoreguidelines-pro-type-member-init): filled at once
    book_owners(in_force, cells_, owner);
    for (CellLoad &load : cells_)
        load.used = load.waiting = load.borrowed = load.lent = 0;
    for (CellLoad &load : cells_)
        if (const CellSample *sample = now.find(load.cell)) {
            const CellSample *base = baseline(before, *sample);
            book_run_time(base, *sample,
                          {.owner = owner, .elapsed_ns = elapsed_ns, .loads = cells_}, load);
            load.waiting = waiting_between(base, *sample, elapsed_ns);
        }
    for (CellLoad &load : cells_) {
        const CellCpus *entry = in_force.find(load.cell);
        const unsigned owned = entry != nullptr ? entry->primary.count() : 0;
        load.utilization = owned > 0 ? load.used / owned : 0;
        smooth(load, seed, elapsed_s / smoothing.interval, smoothing.newest);
        load.peak.add(load.smoothed, elapsed_s, smoothing.window);
        load.due = load.peak.highest();
        load.measured = true;
    }
}

void Loads::note_change(CellId cell, int cpus)
{
    CellLoad *load = find_in(cells_, cell);
    if (load == nullptr || cpus == 0)
        return;
    if ((load->last_change > 0 && cpus < 0) || (load->last_change < 0 && cpus > 0))
        load->peak.note_reversal();
    load->last_change = cpus;
}

void Loads::note_division(Demands demands)
{
    for (CellLoad &load : cells_)
        load.divided = demand_of(load, demands);
}

void Loads::note_weighing()
{
    for (CellLoad &load : cells_)
        load.weighed = demand_of(load, Demands::latest);
}

void Loads::forget_weighing()
{
    for (CellLoad &load : cells_)
        load.weighed.reset();
}

bool Loads::changed_since_weighing() const
{
    return std::ranges::any_of(cells_, [](const CellLoad &load) {
        return !load.weighed ||
               std::abs(load.due - *load.weighed) > noise * std::max(1.0, *load.weighed);
    });
}

const CellLoad *Loads::find(CellId cell) const
{
    const auto load = std::ranges::lower_bound(cells_, cell, {}, &CellLoad::cell);
    return load != cells_.end() && load->cell == cell ? &*load : nullptr;
}

} // namespace mitosis
