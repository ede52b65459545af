// SPDX-License-Identifier: GPL-2.0-only
#include "engine/monitor.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/decide.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/ownership.hpp"
#include "core/sample.hpp"
#include "core/topology.hpp"
#include "engine/ports.hpp"

#include <cerrno>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mitosis::engine {

namespace {

/// The kernel confirms new settings with a configuration of its own, though no CPU moves.
void renew(Decision &decision)
{
    if (decision.apply)
        return;
    decision.apply = decision.next.applied;
    decision.status.generation = ++decision.next.generation;
}

/// What is known only of the scheduler that runs, which is about to be another one.
void forget_scheduler(KnownState &state)
{
    const std::vector<CellId> retired(state.cells.retired().begin(), state.cells.retired().end());
    state.cells.release(retired); // their queues go with the old scheduler
    state.applied = {};
    state.loads.clear(); // of CPUs that may be other ones now
    if (state.last)      // what is of no live cell now would be of the next one with its id
        std::erase_if(state.last->cells, [&state](const CellSample &sample) {
            return state.cells.find(sample.cell) == nullptr;
        });
}

} // namespace

RebalanceOutcome outcome_of(std::span<const Event> events, std::uint64_t generation)
{
    RebalanceOutcome outcome{.generation = generation, .shifts = {}, .held_back = {}};
    for (const Event &event : events) {
        if (const auto *const reassigned = std::get_if<Reassigned>(&event))
            outcome.shifts = reassigned->shifts;
        if (const auto *const held_back = std::get_if<HeldBack>(&event))
            outcome.held_back = *held_back;
    }
    return outcome;
}

Monitor::Monitor(Config config, Topology topology, std::uint32_t cell_capacity,
                 Clock::time_point now, Ports ports)
    : Monitor(std::move(config), std::move(topology),
              KnownState{.cells = CellTable(cell_capacity, now)}, ports)
{
}

Monitor::Monitor(Config config, Topology topology, KnownState state, Ports ports)
    : config_(std::move(config)), topology_(std::move(topology)), state_(std::move(state)),
      ports_(ports)
{
}

Result<std::vector<Event>> Monitor::tick(Clock::time_point now, ScanDue scan, Trigger trigger,
                                         Force force)
{
    if (scan == ScanDue::yes)
        owed_ = ScanDue::yes;
    auto inputs = read(now, owed_, trigger, force);
    if (!inputs)
        return std::unexpected(std::move(inputs).error());
    auto drifted = read_drift(state_.applied);
    if (!drifted)
        return with_context(std::move(drifted).error(), "read owners");

    decide(config_, topology_, state_, *std::move(inputs), decision_);
    if (renews_ || *drifted)
        renew(decision_);
    if (*drifted)
        decision_.events.emplace_back(OwnershipDrifted{**std::move(drifted)});
    if (auto applied = apply(decision_); !applied)
        return std::unexpected(std::move(applied).error());

    decision_.status.ownership = ownership_;
    std::swap(state_, decision_.next); // only after the kernel accepted it
    owed_ = ScanDue::no;
    reconfigured_ = false;
    ports_.status.publish(decision_.status, decision_.events);
    return std::move(decision_.events);
}

Result<void> Monitor::confirm()
{
    auto drifted = read_drift(state_.applied);
    if (!drifted)
        return with_context(std::move(drifted).error(), "read owners");
    if (*drifted)
        return fail(EIO, **std::move(drifted));
    decision_.status.ownership = ownership_;
    ports_.status.publish(decision_.status, {});
    return {};
}

Result<RebalanceOutcome> Monitor::preview(Clock::time_point now, Force force)
{
    auto inputs = read(now, owed_, Trigger::dbus, force);
    if (!inputs)
        return std::unexpected(std::move(inputs).error());

    Decision decision = decide(config_, topology_, state_, *std::move(inputs));
    return outcome_of(decision.events, decision.next.generation);
}

Result<Decision> Monitor::plan(const Config &config, Clock::time_point now)
{
    auto inputs = read(now, ScanDue::yes, Trigger::config);
    if (!inputs)
        return std::unexpected(std::move(inputs).error());
    return decide(config, topology_, state_, *std::move(inputs));
}

Result<Decision> Monitor::plan_anew(const Config &config, const Topology &topology,
                                    Clock::time_point now)
{
    auto inputs = read(now, ScanDue::yes, Trigger::config);
    if (!inputs)
        return std::unexpected(std::move(inputs).error());
    inputs->sample.reset();
    inputs->reconfigured = true;
    KnownState state = state_;
    forget_scheduler(state);
    return decide(config, topology, state, *std::move(inputs));
}

Result<std::vector<Event>> Monitor::reconfigure(Config config, Clock::time_point now)
{
    Config before = std::exchange(config_, std::move(config));
    renews_ = true;
    auto events = tick(now, ScanDue::yes, Trigger::config);
    renews_ = false;
    if (!events)
        config_ = std::move(before);
    return events;
}

void Monitor::set_config(Config config)
{
    config_ = std::move(config);
    owed_ = ScanDue::yes;
    reconfigured_ = true;
}

void Monitor::set_topology(Topology topology)
{
    topology_ = std::move(topology);
    owed_ = ScanDue::yes;
}

void Monitor::begin_anew(Topology topology)
{
    topology_ = std::move(topology);
    forget_scheduler(state_);
    if (state_.last)
        carried_.keep(*state_.last, state_.cells.cells());
    ++scheduler_;
    owed_ = ScanDue::yes;
}

bool Monitor::is_scan_due(ScanDue asked) const
{
    return asked == ScanDue::yes || !state_.refused.empty();
}

Result<Inputs> Monitor::read(Clock::time_point now, ScanDue scan, Trigger trigger, Force force)
{
    Inputs inputs{.now = now,
                  .sample = {},
                  .scan = {},
                  .trigger = trigger,
                  .force = force,
                  .reconfigured = reconfigured_};
    if (is_scan_due(scan)) {
        auto found = ports_.cgroups.scan();
        if (!found)
            return with_context(std::move(found).error(), "scan cgroups");
        inputs.scan = std::move(*found);
    }
    if (!state_.applied.cells.empty()) { // before a configuration no cell has counters
        auto sample =
            ports_.scheduler.read_sample(state_.cells.cells(), state_.cells.retired(), now);
        if (!sample)
            return with_context(std::move(sample).error(), "read counters");
        carried_.add_to(*sample, state_.cells.cells());
        sample->scheduler = scheduler_;
        inputs.sample = std::move(*sample);
    }
    return inputs;
}

Result<void> Monitor::apply(const Decision &decision)
{
    if (!decision.apply)
        return {};
    auto applied = hand_over(*decision.apply, decision.next.cells);
    if (applied)
        return {};
    if (!state_.applied.cells.empty())
        if (auto restored = hand_over(state_.applied, state_.cells); !restored)
            return with_context(std::move(restored).error(), "roll back");
    return with_context(std::move(applied).error(), "apply cells");
}

Result<void> Monitor::hand_over(const Assignment &assignment, const CellTable &cells)
{
    auto applied = ports_.scheduler.apply(assignment, cells.cells(), cells.retired());
    if (!applied)
        return applied;
    auto drifted = read_drift(assignment);
    if (!drifted)
        return std::unexpected(std::move(drifted).error());
    return *drifted ? fail(EIO, **std::move(drifted)) : Result<void>();
}

Result<std::optional<std::string>> Monitor::read_drift(const Assignment &applied)
{
    constexpr int readings = 2; // a CPU may go while the first one is under way
    std::optional<std::string> found;
    for (int reading = 0; reading < readings; ++reading) {
        auto ownership = ports_.scheduler.read_ownership();
        if (!ownership)
            return std::unexpected(std::move(ownership).error());
        ownership_ = *std::move(ownership);
        found = ownership_ && !applied.cells.empty() ? drift(applied, *ownership_) : std::nullopt;
        if (!found)
            break;
    }
    return found;
}

} // namespace mitosis::engine
