// SPDX-License-Identifier: GPL-2.0-only
// EventFeed: the scheduler's events on their way to the bus, with bounds at every step: so many are
// kept for dumps, so many go into a signal, so many signals into a second. Pure: the caller says
// what time it is.
#pragma once

#include "bus/token_bucket.hpp"
#include "core/cell_table.hpp"
#include "core/event_tail.hpp"
#include "core/kernel_event.hpp"

#include <chrono>
#include <cstddef>
#include <optional>

namespace mitosis::bus {

class EventFeed {
public:
    static constexpr std::size_t most_kept = 512;
    static constexpr std::size_t most_signalled = 256;

    void add(const KernelEvents &told);
    void clear();

    /// What the next signal is to carry; nothing when there is nothing, or signals were many.
    [[nodiscard]] std::optional<EventTail> take(Clock::time_point now);

    [[nodiscard]] const EventTail &kept() const { return kept_; }

private:
    EventTail kept_{most_kept};
    EventTail waiting_{most_signalled};
    TokenBucket signals_{4, std::chrono::milliseconds(250)};
};

} // namespace mitosis::bus
