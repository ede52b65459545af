// SPDX-License-Identifier: GPL-2.0-only
// Monitor: one tick is read, decide, apply, publish. Owns the known state, which changes only after
// the kernel accepted what was decided. Knows no event loop and no clock.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/decide.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/topology.hpp"
#include "engine/ports.hpp"

#include <cstdint>
#include <vector>

namespace mitosis::engine {

enum class ScanDue { no, yes };

class Monitor {
public:
    /// The ports must outlive the monitor.
    Monitor(Config config, Topology topology, std::uint32_t cell_capacity, Clock::time_point now,
            Ports ports);

    /// One tick. On an error nothing was committed: the state, and what the kernel runs, are as
    /// before (a failed apply is answered by applying the last good assignment again; if that fails
    /// too, the error's context starts with "roll back"). A scan that was due stays due until a
    /// tick succeeds, so the next one finds what this one saw; it also is due at the first tick,
    /// after set_config, and as long as cells are refused for want of ids.
    [[nodiscard]] Result<std::vector<Event>> tick(Clock::time_point now, ScanDue scan,
                                                  Trigger trigger = Trigger::automatic);

    /// A tick that applies and publishes nothing: the CPUs that would change hands, and the
    /// generation that would then be in force.
    [[nodiscard]] Result<RebalanceOutcome> preview(Clock::time_point now);

    /// The scheduler is another one now, and so may be the CPUs: nothing is applied and no counter
    /// is known. Cells, their ids and the generation go on. The next tick applies; its trigger must
    /// not be automatic.
    void begin_anew(Topology topology);

    /// Takes effect at the next tick.
    void set_config(Config config);

    [[nodiscard]] const Config &config() const { return config_; }
    [[nodiscard]] const KnownState &state() const { return state_; }

private:
    [[nodiscard]] Result<Inputs> read(Clock::time_point now, ScanDue scan, Trigger trigger);
    [[nodiscard]] bool is_scan_due(ScanDue asked) const;
    [[nodiscard]] Result<void> apply(const Decision &decision);
    [[nodiscard]] Result<void> hand_over(const Assignment &assignment, const CellTable &cells);

    Config config_;
    Topology topology_;
    KnownState state_;
    ScanDue owed_ = ScanDue::yes; // a scan that no successful tick has seen yet
    Ports ports_;
};

} // namespace mitosis::engine
