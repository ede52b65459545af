// SPDX-License-Identifier: GPL-2.0-only
#include "engine/monitor.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/decide.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"
#include "engine/ports.hpp"

#include <cstdint>
#include <expected>
#include <utility>
#include <variant>
#include <vector>

namespace mitosis::engine {

Monitor::Monitor(Config config, Topology topology, std::uint32_t cell_capacity,
                 Clock::time_point now, Ports ports)
    : config_(std::move(config)), topology_(std::move(topology)),
      state_{.cells = CellTable(cell_capacity, now)}, ports_(ports)
{
}

Result<std::vector<Event>> Monitor::tick(Clock::time_point now, ScanDue scan, Trigger trigger)
{
    if (scan == ScanDue::yes)
        owed_ = ScanDue::yes;
    auto inputs = read(now, owed_, trigger);
    if (!inputs)
        return std::unexpected(std::move(inputs).error());

    Decision decision = decide(config_, topology_, state_, *inputs);
    if (auto applied = apply(decision); !applied)
        return std::unexpected(std::move(applied).error());

    state_ = std::move(decision.next); // only after the kernel accepted it
    owed_ = ScanDue::no;
    ports_.status.publish(decision.status, decision.events);
    return std::move(decision.events);
}

Result<RebalanceOutcome> Monitor::preview(Clock::time_point now)
{
    auto inputs = read(now, owed_, Trigger::dbus);
    if (!inputs)
        return std::unexpected(std::move(inputs).error());

    Decision decision = decide(config_, topology_, state_, *inputs);
    RebalanceOutcome outcome{.generation = decision.next.generation, .shifts = {}};
    for (Event &event : decision.events)
        if (auto *reassigned = std::get_if<Reassigned>(&event))
            outcome.shifts = std::move(reassigned->shifts);
    return outcome;
}

void Monitor::set_config(Config config)
{
    config_ = std::move(config);
    owed_ = ScanDue::yes;
}

void Monitor::begin_anew(Topology topology)
{
    topology_ = std::move(topology);
    const std::vector<CellId> retired(state_.cells.retired().begin(), state_.cells.retired().end());
    state_.cells.release(retired); // their queues went with the old scheduler
    state_.applied = {};
    state_.last.reset();
    state_.utilization.clear();
    owed_ = ScanDue::yes;
}

bool Monitor::is_scan_due(ScanDue asked) const
{
    return asked == ScanDue::yes || !state_.refused.empty();
}

Result<Inputs> Monitor::read(Clock::time_point now, ScanDue scan, Trigger trigger)
{
    Inputs inputs{.now = now, .sample = {}, .scan = {}, .trigger = trigger};
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
    return ports_.scheduler.apply(assignment, cells.cells(), cells.retired());
}

} // namespace mitosis::engine
