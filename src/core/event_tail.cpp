// SPDX-License-Identifier: GPL-2.0-only
#include "core/event_tail.hpp"

#include "core/kernel_event.hpp"

namespace mitosis {

void EventTail::add(const KernelEvents &told)
{
    left_out_ += told.lost;
    for (const KernelEvent &event : told.events) {
        events_.push_back(event);
        if (events_.size() > capacity_) {
            events_.pop_front();
            ++left_out_;
        }
    }
}

void EventTail::clear()
{
    events_.clear();
    left_out_ = 0;
}

} // namespace mitosis
