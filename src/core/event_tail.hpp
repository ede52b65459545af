// SPDX-License-Identifier: GPL-2.0-only
// EventTail: the newest of many events, never more than its capacity, and how many are not there
// any more.
#pragma once

#include "core/kernel_event.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>

namespace mitosis {

class EventTail {
public:
    explicit EventTail(std::size_t capacity) : capacity_(capacity) {}

    void add(const KernelEvents &told);
    void clear();

    /// Oldest first.
    [[nodiscard]] const std::deque<KernelEvent> &events() const { return events_; }
    /// Since it was made or cleared: those that went for newer ones, and the lost.
    [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

private:
    std::size_t capacity_;
    std::deque<KernelEvent> events_;
    std::uint64_t left_out_ = 0;
};

} // namespace mitosis
