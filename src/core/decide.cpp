// SPDX-License-Identifier: GPL-2.0-only
#include "core/decide.hpp"

#include "core/assignment.hpp"
#include "core/assignment_check.hpp"
#include "core/cell_policy.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/config.hpp"
#include "core/division.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/load.hpp"
#include "core/make_status.hpp"
#include "core/rebalance.hpp"
#include "core/redivide.hpp"
#include "core/sample.hpp"
#include "core/shift.hpp"
#include "core/tally.hpp"
#include "core/topology.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <optional>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

Smoothing smoothing_of(const Config &config)
{
    constexpr double least_intervals = 2; // a window shorter than the ticks would hold nothing
    constexpr double of_cooldown = 0.5; // a demand that fell is believed by the time CPUs may move
    const std::chrono::duration<double> cooldown = config.rebalancing.cooldown * of_cooldown;
    return {.newest = config.rebalancing.smoothing,
            .interval = config.monitor_interval,
            .window = std::max(cooldown, config.monitor_interval * least_intervals)};
}

/// All but the last sample, which is as large as everything else together and mostly replaced.
void carry_over(const KnownState &from, KnownState &to)
{
    to.cells = from.cells;
    to.parent_present = from.parent_present;
    to.refused = from.refused;
    to.applied = from.applied;
    to.generation = from.generation;
    to.loads = from.loads;
    to.unmet = from.unmet;
    to.quotas = from.quotas;
    to.tally = from.tally;
    to.rebalanced_at = from.rebalanced_at;
    to.considered_at = from.considered_at;
    to.followed_at = from.followed_at;
}

void take(const Config &config, const std::optional<Sample> &before, Sample sample,
          KnownState &next)
{
    if (before && before->scheduler == sample.scheduler)
        next.loads.update(*before, sample, next.applied, next.cells.cells(), smoothing_of(config));
    next.cells.release(sample.drained);
    next.tally.drained += sample.drained.size();
    next.last = std::move(sample);
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

void note_refused(const CgroupScan &scan, Decision &decision)
{
    KnownState &next = decision.next;
    auto refused = scan.children | std::views::filter([&next](const CgroupEntry &entry) {
                       return !next.cells.has_cell(entry.id);
                   });
    if (std::ranges::equal(refused, next.refused, {}, &CgroupEntry::path))
        return;
    std::vector<std::string> paths;
    for (const CgroupEntry &entry : refused) {
        if (!std::ranges::contains(next.refused, entry.path))
            decision.events.emplace_back(CellRefused{entry.path});
        paths.push_back(entry.path);
    }
    next.refused = std::move(paths);
}

void note_quotas(const std::vector<CpuQuota> &quotas, Decision &decision)
{
    for (const CpuQuota &quota : quotas)
        if (!std::ranges::contains(decision.next.quotas, quota))
            decision.events.emplace_back(QuotaIgnored{quota});
    decision.next.quotas = quotas;
}

CellChanges take(CgroupScan scan, const Config &config, Clock::time_point now, Decision &decision)
{
    note_parent(config, scan, decision);
    if (!scan.parent_present)
        scan.children.clear();
    CellChanges changes = decision.next.cells.reconcile(scan, now);
    for (const Cell &cell : changes.removed)
        decision.events.emplace_back(CellRemoved{cell});
    for (const Cell &cell : changes.created)
        decision.events.emplace_back(CellCreated{cell});
    for (const Cell &cell : changes.cpuset_changed)
        decision.events.emplace_back(CpusetChanged{cell});
    note_refused(scan, decision);
    if (scan.quotas)
        note_quotas(*scan.quotas, decision);
    return changes;
}

bool owners_changed(const CellChanges &changes)
{
    return !changes.created.empty() || !changes.removed.empty();
}

bool is_asked(const Inputs &inputs)
{
    return inputs.trigger == Trigger::dbus && inputs.force == Force::no;
}

/// A cell with tasks has no CPU while one without any has some.
bool waits_for_an_empty_cell(const KnownState &next)
{
    const auto is_populated = [&](CellId id) {
        const Cell *cell = next.cells.find(id);
        return cell != nullptr && cell->populated;
    };
    return std::ranges::any_of(next.applied.pooled, is_populated) &&
           std::ranges::any_of(next.applied.cells, [&](const CellCpus &entry) {
               return !entry.primary.empty() && !is_populated(entry.cell);
           });
}

/// Cells came or went, or it changed what is due to them by their cgroups.
bool cgroups_changed(const CellChanges &changes, const KnownState &next)
{
    return owners_changed(changes) || changes.reweighted ||
           (changes.repopulated && waits_for_an_empty_cell(next));
}

/// Not only because somebody would like to see it, or demand moved.
bool has_to_divide(const KnownState &next, const Inputs &inputs, const CellChanges &changes)
{
    const bool told = inputs.trigger != Trigger::automatic && !is_asked(inputs);
    return told || next.generation == 0 || cgroups_changed(changes, next) ||
           !changes.cpuset_changed.empty() || inputs.reconfigured;
}

/// How much a division has to bring to be applied.
enum class Worth { any_change, repaying_change };

/// What load is about, or somebody asked for, goes by the load of now.
Demands demands_for(const Inputs &inputs, Worth worth)
{
    const bool wanted =
        inputs.trigger == Trigger::dbus || inputs.trigger == Trigger::config || inputs.reconfigured;
    return wanted || worth == Worth::repaying_change ? Demands::latest : Demands::divided;
}

/// Why CPUs are divided anew: what the caller said, else what was found.
Trigger cause(const KnownState &next, const Inputs &inputs, const CellChanges &changes)
{
    if (next.generation == 0)
        return Trigger::startup;
    if (inputs.trigger != Trigger::automatic)
        return inputs.trigger;
    if (cgroups_changed(changes, next))
        return Trigger::cgroup;
    return changes.cpuset_changed.empty() ? Trigger::automatic : Trigger::cpuset;
}

/// What a cell's share changed by counts towards its steadiness only where nobody asked for it.
void note_changes(const std::vector<CellShift> &shifts, Loads &loads)
{
    for (const CellShift &shift : shifts)
        loads.note_change(shift.cell, static_cast<int>(shift.gained.count()) -
                                          static_cast<int>(shift.lost.count()));
}

void commit(Division division, Trigger trigger, Clock::time_point now, Decision &decision)
{
    KnownState &next = decision.next;
    Assignment &assignment = division.assignment;
    Reassigned reassigned{.generation = ++next.generation,
                          .trigger = trigger,
                          .shifts = shifts(next.applied, assignment),
                          .summary = summary(assignment, next.cells),
                          .spread_pct = spread_pct(next.loads, next.applied)};
    const bool moved = trigger != Trigger::startup && !reassigned.shifts.empty();
    if (moved) {
        next.rebalanced_at = now;
        ++moves_for(next.tally, trigger);
    }
    if (moved && trigger == Trigger::automatic)
        note_changes(reassigned.shifts, next.loads);
    decision.events.emplace_back(std::move(reassigned));
    next.unmet = std::move(division.unmet);
    next.applied = assignment;
    decision.apply = std::move(assignment);
}

struct Occasion {
    Trigger trigger;
    Worth worth;
    Demands demands;
    Clock::time_point now;
};

/// Nothing when the division is worth it.
std::optional<HeldBack> objection(const Config &config, const KnownState &now,
                                  const Division &division)
{
    const HeldBack found{.reason = HeldBack::Reason::does_not_repay,
                         .cpus = moved_cpus(now.applied, division.assignment),
                         .spread_pct = spread_pct(now.loads, now.applied),
                         .threshold = config.rebalancing.threshold};
    if (config.rebalancing.enabled && found.spread_pct < found.threshold) {
        HeldBack below = found;
        below.reason = HeldBack::Reason::below_threshold;
        return below;
    }
    return repays(division, now.applied) ? std::nullopt : std::optional(found);
}

void hold_back(const HeldBack &held_back, Decision &decision)
{
    ++decision.next.tally.held_back;
    decision.events.emplace_back(held_back);
}

void note_demands(Demands demands, Clock::time_point now, KnownState &next)
{
    next.loads.note_division(demands);
    if (demands == Demands::latest)
        next.followed_at = now;
}

/// Where the threshold alone spoke against it, what the latest demands would bring stays open.
void note_weighing(Demands demands, const std::optional<HeldBack> &objected, Loads &loads)
{
    if (objected && objected->reason == HeldBack::Reason::below_threshold)
        return;
    if (demands == Demands::latest)
        loads.note_weighing();
    else
        loads.forget_weighing();
}

void reassign(const Config &config, const Topology &topology, const CellChanges &changes,
              const Occasion &occasion, Decision &decision)
{
    KnownState &next = decision.next;
    auto [division, demands] = occasion.demands == Demands::latest
                                   ? follow_demands(config, topology, next)
                                   : keep_demands(config, topology, next, occasion.now);
    assert(!first_violation(division.assignment, topology, next.cells.cells()));
    next.considered_at = occasion.now;
    // The kernel also has to learn which cgroup owns a cell, so new owners are worth a
    // configuration though no CPU moves.
    const bool is_new = division.assignment != next.applied;
    if (!is_new) // though what is claimed may be
        next.unmet = division.unmet;
    const auto objected = occasion.worth == Worth::repaying_change && is_new
                              ? objection(config, next, division)
                              : std::nullopt;
    note_weighing(demands, objected, next.loads);
    if (!objected)
        note_demands(demands, occasion.now, next);
    if (next.generation == 0 || owners_changed(changes) || (is_new && !objected))
        commit(std::move(division), occasion.trigger, occasion.now, decision);
    else if (objected && objected->cpus > 0 && occasion.trigger == Trigger::dbus)
        hold_back(*objected, decision);
}

} // namespace

Party party_of(const Config &config, const Cell &cell, const CellLoad *load, Demands demands)
{
    Party party{.cell = cell.id,
                .cpuset = cell.cpuset,
                .policy = policy_of(config, cell.path),
                .weight = cell.weight / 100.0,
                .populated = cell.populated};
    if (config.rebalancing.enabled && load != nullptr)
        party.demand = demand_of(*load, demands);
    return party;
}

void decide(const Config &config, const Topology &topology, const KnownState &state, Inputs inputs,
            Decision &decision)
{
    carry_over(state, decision.next);
    decision.apply.reset();
    decision.events.clear();
    if (inputs.sample)
        take(config, state.last, std::move(*inputs.sample), decision.next);
    else
        decision.next.last = state.last;
    const CellChanges changes =
        inputs.scan ? take(std::move(*inputs.scan), config, inputs.now, decision) : CellChanges{};
    const Trigger trigger = cause(decision.next, inputs, changes);
    const bool has_to = has_to_divide(decision.next, inputs, changes);
    const Worth worth = has_to ? Worth::any_change : Worth::repaying_change;
    const bool may_move = may_rebalance(config, decision.next, inputs.now);
    if (has_to || is_asked(inputs) || (may_move && decision.next.loads.changed_since_weighing()))
        reassign(config, topology, changes,
                 {.trigger = trigger,
                  .worth = worth,
                  .demands = demands_for(inputs, worth),
                  .now = inputs.now},
                 decision);
    else if (may_move) // the same demands have the same answer
        decision.next.considered_at = inputs.now;
    make_status(topology, decision.next, decision.status);
}

Decision decide(const Config &config, const Topology &topology, const KnownState &state,
                Inputs inputs)
{
    Decision decision;
    decide(config, topology, state, std::move(inputs), decision);
    return decision;
}

} // namespace mitosis
