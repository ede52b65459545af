// SPDX-License-Identifier: GPL-2.0-only
// PinLog: which narrow affinities are worth a line. Any unprivileged task can cause as many as it
// likes, so a cell has one line in a while, which says how many there were since the one before.
#pragma once

#include "core/cell_table.hpp"
#include "core/ids.hpp"
#include "core/kernel_event.hpp"
#include "daemon/log.hpp"
#include "daemon/repeat_limit.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace mitosis::daemon {

class PinLog {
public:
    explicit PinLog(std::chrono::seconds pause) : pause_(pause) {}

    /// The lines for what was told, in its order; `cells` are those of now.
    [[nodiscard]] std::vector<LogRecord> take(std::span<const KernelEvent> told,
                                              const CellTable &cells, Clock::time_point now);

private:
    /// Of one cell, as long as it has its id.
    struct Lines {
        std::uint64_t instance = 0;
        RepeatLimit limit;
        std::uint64_t unsaid = 0;
    };

    [[nodiscard]] Lines &lines_of(CellId id, std::uint64_t instance);

    std::chrono::seconds pause_;
    std::map<CellId, Lines> lines_;
};

} // namespace mitosis::daemon
