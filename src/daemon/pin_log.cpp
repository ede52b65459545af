// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/pin_log.hpp"

#include "core/cell_table.hpp"
#include "core/ids.hpp"
#include "core/kernel_event.hpp"
#include "daemon/event_log.hpp"
#include "daemon/log.hpp"
#include "daemon/repeat_limit.hpp"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace mitosis::daemon {

std::vector<LogRecord> PinLog::take(std::span<const KernelEvent> told, const CellTable &cells,
                                    Clock::time_point now)
{
    std::vector<LogRecord> records;
    for (const KernelEvent &event : told) {
        if (event.kind != KernelEvent::Kind::pin)
            continue;
        const Cell *const cell = cells.find(event.cell);
        Lines &lines = lines_of(event.cell, cell == nullptr ? 0 : cell->instance);
        if (lines.limit.allows(now))
            records.push_back(about_pin(event, cell, std::exchange(lines.unsaid, 0)));
        else
            ++lines.unsaid;
    }
    return records;
}

PinLog::Lines &PinLog::lines_of(CellId id, std::uint64_t instance)
{
    const Lines fresh{.instance = instance, .limit = RepeatLimit(pause_)};
    Lines &lines = lines_.try_emplace(id, fresh).first->second;
    if (lines.instance != instance)
        lines = fresh;
    return lines;
}

} // namespace mitosis::daemon
