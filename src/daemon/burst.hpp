// SPDX-License-Identifier: GPL-2.0-only
// Burst: how long to wait for more of what often comes in numbers.
#pragma once

#include "core/cell_table.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace mitosis::daemon {

class Burst {
public:
    using Pause = std::chrono::microseconds;

    /// It is over when nothing came for `quiet`, and at the latest `longest` after it began.
    Burst(Pause quiet, Pause longest) : quiet_(quiet), longest_(longest) {}

    /// Something came: the wait from now on, instead of the one that was told before.
    [[nodiscard]] Pause note(Clock::time_point now)
    {
        began_ = began_.value_or(now);
        const auto left = std::chrono::duration_cast<Pause>(*began_ + longest_ - now);
        return std::clamp(left, Pause::zero(), quiet_);
    }
    /// The wait is over; what comes next begins another one.
    void end() { began_.reset(); }

private:
    Pause quiet_;
    Pause longest_;
    std::optional<Clock::time_point> began_;
};

} // namespace mitosis::daemon
