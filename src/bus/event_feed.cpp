// SPDX-License-Identifier: GPL-2.0-only
#include "bus/event_feed.hpp"

#include "core/cell_table.hpp"
#include "core/event_tail.hpp"
#include "core/kernel_event.hpp"

#include <optional>
#include <utility>

namespace mitosis::bus {

void EventFeed::add(const KernelEvents &told)
{
    kept_.add(told);
    waiting_.add(told);
}

void EventFeed::clear()
{
    kept_.clear();
    waiting_.clear();
}

std::optional<EventTail> EventFeed::take(Clock::time_point now)
{
    const bool is_empty = waiting_.events().empty() && waiting_.left_out() == 0;
    if (is_empty || !signals_.take(now))
        return std::nullopt;
    return std::exchange(waiting_, EventTail(most_signalled));
}

} // namespace mitosis::bus
