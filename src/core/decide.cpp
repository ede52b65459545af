// SPDX-License-Identifier: GPL-2.0-only
#include "core/decide.hpp"

#include "core/assignment.hpp"
#include "core/assignment_check.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/config.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/make_status.hpp"
#include "core/sample.hpp"
#include "core/shift.hpp"
#include "core/topology.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

/// By cell id: CPU time per CPU time owned during the interval, hence by the assignment that was
/// in force then; 0 for a cell that owned nothing.
std::vector<double> utilization(const SampleDelta &delta, const Assignment &in_force)
{
    std::vector<double> by_id;
    for (const CellDelta &cell : delta.cells) {
        by_id.resize(std::size_t{index_of(cell.cell)} + 1, 0.0);
        const CellCpus *entry = in_force.find(cell.cell);
        if (entry == nullptr || entry->primary.empty())
            continue;
        const auto capacity_ns =
            static_cast<double>(delta.elapsed.count()) * entry->primary.count();
        by_id.back() = static_cast<double>(cell.counters.run_ns) / capacity_ns;
    }
    return by_id;
}

void take(const Sample &sample, KnownState &next)
{
    if (next.last)
        if (const SampleDelta delta = difference(*next.last, sample);
            delta.elapsed > std::chrono::nanoseconds::zero())
            next.utilization = utilization(delta, next.applied);
    next.cells.release(sample.drained);
    next.last = sample;
}

void note_parent(const Config &config, const CgroupScan &scan, Decision &decision)
{
    const bool was_present = decision.next.parent_present;
    const bool is_present = scan.parent_present || !config.cell_parent_cgroup;
    decision.next.parent_present = is_present;
    if (was_present && !is_present)
        decision.events.emplace_back(ParentMissing{});
    if (!was_present && is_present)
        decision.events.emplace_back(ParentAppeared{});
}

void note_refused(const std::vector<CgroupEntry> &refused, Decision &decision)
{
    std::vector<std::string> paths;
    for (const CgroupEntry &entry : refused) {
        if (!std::ranges::contains(decision.next.refused, entry.path))
            decision.events.emplace_back(CellRefused{entry.path});
        paths.push_back(entry.path);
    }
    decision.next.refused = std::move(paths);
}

CellChanges take(const CgroupScan &scan, const Config &config, Clock::time_point now,
                 Decision &decision)
{
    note_parent(config, scan, decision);
    CellChanges changes =
        decision.next.cells.reconcile(scan.parent_present ? scan : CgroupScan{}, now);
    for (const Cell &cell : changes.removed)
        decision.events.emplace_back(CellRemoved{cell});
    for (const Cell &cell : changes.created)
        decision.events.emplace_back(CellCreated{cell});
    for (const Cell &cell : changes.cpuset_changed)
        decision.events.emplace_back(CpusetChanged{cell});
    note_refused(changes.refused, decision);
    return changes;
}

bool owners_changed(const CellChanges &changes)
{
    return !changes.created.empty() || !changes.removed.empty();
}

/// Why CPUs are divided anew: what the caller said, else what was found.
Trigger cause(const KnownState &state, const Inputs &inputs, const CellChanges &changes)
{
    if (state.generation == 0)
        return Trigger::startup;
    if (inputs.trigger != Trigger::automatic)
        return inputs.trigger;
    if (owners_changed(changes))
        return Trigger::cgroup;
    return changes.cpuset_changed.empty() ? Trigger::automatic : Trigger::cpuset;
}

void commit(Assignment assignment, Trigger trigger, Clock::time_point now, Decision &decision)
{
    KnownState &next = decision.next;
    Reassigned reassigned{.generation = ++next.generation,
                          .trigger = trigger,
                          .shifts = shifts(next.applied, assignment),
                          .summary = summary(assignment, next.cells)};
    const bool moved = trigger != Trigger::startup && !reassigned.shifts.empty();
    const bool asked_for = trigger == Trigger::automatic || trigger == Trigger::dbus;
    if (moved)
        next.rebalanced_at = now;
    if (moved && asked_for)
        ++next.rebalances;
    decision.events.emplace_back(std::move(reassigned));
    next.applied = assignment;
    decision.apply = std::move(assignment);
}

void reassign(const Topology &topology, const CellChanges &changes, Trigger trigger,
              Clock::time_point now, Decision &decision)
{
    const KnownState &next = decision.next;
    Assignment assignment = assign_equally(topology, next.cells.cells(), next.applied);
    assert(!first_violation(assignment, topology, next.cells.cells()));
    // The kernel also has to learn which cgroup owns a cell, so new owners are worth a
    // configuration though no CPU moves.
    if (next.generation == 0 || owners_changed(changes) || assignment != next.applied)
        commit(std::move(assignment), trigger, now, decision);
}

} // namespace

Decision decide(const Config &config, const Topology &topology, const KnownState &state,
                const Inputs &inputs)
{
    Decision decision{.next = state, .apply = {}, .status = {}, .events = {}};
    if (inputs.sample)
        take(*inputs.sample, decision.next);
    const CellChanges changes =
        inputs.scan ? take(*inputs.scan, config, inputs.now, decision) : CellChanges{};
    const Trigger trigger = cause(state, inputs, changes);
    if (trigger != Trigger::automatic)
        reassign(topology, changes, trigger, inputs.now, decision);
    decision.status = make_status(topology, decision.next);
    return decision;
}

} // namespace mitosis
