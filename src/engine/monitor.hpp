// SPDX-License-Identifier: GPL-2.0-only
// Monitor: one tick is read, decide, apply, publish. Owns the known state, which changes only after
// the kernel accepted what was decided. Knows no event loop and no clock.
#pragma once

#include "core/assignment.hpp"
#include "core/carried_counters.hpp"
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/decide.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/ownership.hpp"
#include "core/topology.hpp"
#include "engine/ports.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mitosis::engine {

enum class ScanDue { no, yes };

/// What events say about a rebalance; `generation` is in force after them.
[[nodiscard]] RebalanceOutcome outcome_of(std::span<const Event> events, std::uint64_t generation);

class Monitor {
public:
    /// The ports must outlive the monitor.
    Monitor(Config config, Topology topology, std::uint32_t cell_capacity, Clock::time_point now,
            Ports ports);

    /// Goes on with a scheduler in which `state` is in force, and with its cells.
    Monitor(Config config, Topology topology, KnownState state, Ports ports);

    /// One tick. What was applied is read back, and an apply that the kernel did not follow has
    /// failed; a later change of owners, which only hotplug makes, is put right by another apply.
    /// On an error nothing was committed: the state, and what the kernel runs, are as
    /// before (a failed apply is answered by applying the last good assignment again; if that fails
    /// too, the error's context starts with "roll back"). A scan that was due stays due until a
    /// tick succeeds, so the next one finds what this one saw; it also is due at the first tick,
    /// after set_config, and as long as cells are refused for want of ids.
    [[nodiscard]] Result<std::vector<Event>> tick(Clock::time_point now, ScanDue scan,
                                                  Trigger trigger = Trigger::automatic,
                                                  Force force = Force::no);

    /// Whether the kernel has in force what was applied last. EIO: it has not, the context says
    /// where. For after an attachment; ticks look by themselves.
    [[nodiscard]] Result<void> confirm();

    /// A tick, asked for on the bus, that applies and publishes nothing: the CPUs that would change
    /// hands, and the generation that would then be in force.
    [[nodiscard]] Result<RebalanceOutcome> preview(Clock::time_point now, Force force);

    /// The scheduler is another one now, and so may be the CPUs: nothing is applied and no load is
    /// known. Cells, their ids and counters and the generation go on. The next tick applies; its
    /// trigger must not be automatic.
    void begin_anew(Topology topology);

    /// CPUs left or came back while the scheduler runs on. The next tick takes them over; its
    /// trigger has to be hotplug.
    void set_topology(Topology topology);

    /// What a tick with these settings would decide; nothing is changed.
    [[nodiscard]] Result<Decision> plan(const Config &config, Clock::time_point now);
    /// The same of the first tick after begin_anew with this topology.
    [[nodiscard]] Result<Decision> plan_anew(const Config &config, const Topology &topology,
                                             Clock::time_point now);

    /// A tick under other settings. It applies and counts as one more generation even if no CPU
    /// moves. On an error the settings are as before, too.
    [[nodiscard]] Result<std::vector<Event>> reconfigure(Config config, Clock::time_point now);

    /// Takes effect at the next tick, which also divides the CPUs again.
    void set_config(Config config);

    [[nodiscard]] const Config &config() const { return config_; }
    [[nodiscard]] const KnownState &state() const { return state_; }

private:
    [[nodiscard]] Result<Inputs> read(Clock::time_point now, ScanDue scan, Trigger trigger,
                                      Force force = Force::no);
    [[nodiscard]] bool is_scan_due(ScanDue asked) const;
    [[nodiscard]] Result<void> apply(const Decision &decision);
    /// Reads what is in force into ownership_ and says how it differs from what shall be.
    [[nodiscard]] Result<std::optional<std::string>> read_drift(const Assignment &applied);
    [[nodiscard]] Result<void> hand_over(const Assignment &assignment, const CellTable &cells);

    Config config_;
    Topology topology_;
    KnownState state_;
    CarriedCounters carried_;            // of the schedulers before
    std::uint64_t scheduler_ = 0;        // its number, from 0
    Decision decision_;                  // of the last tick; its storage is used again
    std::optional<Ownership> ownership_; // in the kernel, as read last
    bool renews_ = false;                // within reconfigure()
    ScanDue owed_ = ScanDue::yes;        // a scan that no successful tick has seen yet
    bool reconfigured_ = false;          // since the last successful tick
    Ports ports_;
};

} // namespace mitosis::engine
