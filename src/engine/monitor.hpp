// SPDX-License-Identifier: GPL-2.0-only
// Monitor: one tick is read, decide, apply, publish. Owns the known state, which changes only after
// the kernel accepted what was decided. Knows no event loop and no clock.
#pragma once

#include "core/config.hpp"
#include "core/decide.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/topology.hpp"
#include "engine/ports.hpp"

#include <vector>

namespace mitosis::engine {

enum class ScanDue { no, yes };

class Monitor {
public:
    /// The ports must outlive the monitor.
    Monitor(Config config, Topology topology, std::uint32_t cell_capacity, Clock::time_point now,
            SchedulerPort &scheduler, CgroupPort &cgroups, StatusSink &status);

    /// One tick. On an error nothing was committed: the state, and what the kernel runs, are as
    /// before (a failed apply is answered by applying the last good assignment again; if that fails
    /// too, the error's context starts with "roll back").
    [[nodiscard]] Result<std::vector<Event>> tick(Clock::time_point now, ScanDue scan,
                                                  Trigger trigger = Trigger::automatic);

    /// A tick that applies nothing: what it would change.
    [[nodiscard]] Result<RebalanceOutcome> preview(Clock::time_point now);

    /// Takes effect at the next tick.
    void set_config(Config config);

    [[nodiscard]] const Config &config() const { return config_; }
    [[nodiscard]] const KnownState &state() const { return state_; }

private:
    [[nodiscard]] Result<Inputs> read(Clock::time_point now, ScanDue scan, Trigger trigger);
    [[nodiscard]] Result<void> apply(const Decision &decision);

    Config config_;
    Topology topology_;
    KnownState state_;
    SchedulerPort &scheduler_;
    CgroupPort &cgroups_;
    StatusSink &status_;
};

} // namespace mitosis::engine
