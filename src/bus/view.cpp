// SPDX-License-Identifier: GPL-2.0-only
#include "bus/view.hpp"

#include "bus/facts.hpp"
#include "core/activity.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_name.hpp"
#include "core/ids.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mitosis::bus {

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

std::uint64_t to_realtime_us(Clock::time_point time, Now now)
{
    const auto ago = duration_cast<microseconds>(now.monotonic - time);
    const auto realtime = duration_cast<microseconds>(now.realtime.time_since_epoch()) - ago;
    return static_cast<std::uint64_t>(realtime.count());
}

const CellView *find_instance(const View &view, const Cell &cell)
{
    const CellView *found = view.find(cell.id);
    return found != nullptr && found->status.cell.instance == cell.instance ? found : nullptr;
}

CellView make_cell_view(const CellStatus &status, const View &before, Now now)
{
    const CellView *known = find_instance(before, status.cell);
    return {.status = status,
            .created_realtime_us = known != nullptr ? known->created_realtime_us
                                                    : to_realtime_us(status.cell.created_at, now),
            .activity = known != nullptr ? known->activity : Activity{}};
}

/// A string on the bus is UTF-8, the name of a cgroup need not be.
void make_names_text(View &view)
{
    for (CellView &cell : view.cells)
        cell.status.cell.path = to_text(cell.status.cell.path);
    for (Warning &warning : view.warnings) {
        warning.cgroup = to_text(warning.cgroup);
        warning.reason = to_text(warning.reason);
    }
}

/// A newer sample ends an interval; without one, what was done in the last one stays.
void set_activities(View &view, const View &before)
{
    if (view.sampled_at && before.sampled_at && view.sampled_at != before.sampled_at)
        for (CellView &cell : view.cells) {
            const CellView *known = find_instance(before, cell.status.cell);
            cell.activity = activity(known != nullptr ? &known->status : nullptr, cell.status,
                                     *view.sampled_at - *before.sampled_at);
        }
    for (const CellView &cell : view.cells)
        add(view.activity, cell.activity);
    view.activity.all_decisions = decisions(view.activity.events);
    for (CellView &cell : view.cells)
        cell.activity.all_decisions = view.activity.all_decisions;
}

/// What the engine knows (a missing parent, too many cells) shows only while the kernel runs us,
/// and that files were refused only where nothing is wrong with what runs.
void merge_state(ServiceFacts &facts, const Status &status)
{
    if (facts.state != State::running)
        return;
    if (status.state == State::degraded) {
        facts.state = State::degraded;
        facts.state_reason = status.reason;
    } else if (!facts.refused_reload.empty()) {
        facts.state_reason = "config-rejected";
    }
}

void carry_departed(View &view, const View &before)
{
    view.departed = before.departed;
    for (const CellView &cell : before.cells)
        if (find_instance(view, cell.status.cell) == nullptr)
            add(view.departed, cell.status.counters);
}

void set_rebalanced(View &view, const Status &status, const View &before, Now now)
{
    if (!status.rebalanced_at)
        return;
    view.rebalanced_monotonic_us = to_us(*status.rebalanced_at);
    view.rebalanced_realtime_us = view.rebalanced_monotonic_us == before.rebalanced_monotonic_us
                                      ? before.rebalanced_realtime_us
                                      : to_realtime_us(*status.rebalanced_at, now);
}

bool is_within(std::string_view path, std::string_view ancestor)
{
    return path.starts_with(ancestor) &&
           (path.size() == ancestor.size() || path[ancestor.size()] == '/');
}

} // namespace

const CellView *View::find(CellId id) const
{
    const auto found = std::ranges::lower_bound(
        cells, id, {}, [](const CellView &cell) { return cell.status.cell.id; });
    return found != cells.end() && found->status.cell.id == id ? &*found : nullptr;
}

std::uint64_t to_us(Clock::time_point time)
{
    return static_cast<std::uint64_t>(duration_cast<microseconds>(time.time_since_epoch()).count());
}

std::uint64_t to_us(std::optional<Clock::time_point> time)
{
    return time ? to_us(*time) : 0;
}

View make_view(const Status &status, const ServiceFacts &facts, const View &before, Now now)
{
    View view;
    view.facts = facts;
    merge_state(view.facts, status);
    view.generation = status.generation;
    view.managed = status.managed;
    view.warnings = status.warnings;
    view.unmet = status.unmet;
    view.tally = status.tally;
    view.cells.reserve(status.cells.size());
    for (const CellStatus &cell : status.cells)
        view.cells.push_back(make_cell_view(cell, before, now));
    make_names_text(view);
    if (facts.attached_monotonic_us != 0)
        view.ownership = status.ownership;
    carry_departed(view, before);
    set_rebalanced(view, status, before, now);
    view.sampled_at = status.sampled_at;
    set_activities(view, before);
    return view;
}

CellCounters total(const View &view)
{
    CellCounters sum = view.departed;
    for (const CellView &cell : view.cells)
        add(sum, cell.status.counters);
    return sum;
}

CellId cell_of_cgroup(const View &view, std::string_view cgroup)
{
    const std::string wanted = to_text(cgroup);
    const Cell *nearest = nullptr;
    for (const CellView &view_of_cell : view.cells) {
        const Cell &cell = view_of_cell.status.cell;
        const bool nearer = nearest == nullptr || cell.path.size() > nearest->path.size();
        if (cell.id != root_cell && nearer && is_within(wanted, cell.path))
            nearest = &cell;
    }
    return nearest != nullptr ? nearest->id : root_cell;
}

} // namespace mitosis::bus
