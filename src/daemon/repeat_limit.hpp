// SPDX-License-Identifier: GPL-2.0-only
// RepeatLimit: lets one through, then one in a while.
#pragma once

#include "core/cell_table.hpp"

#include <chrono>
#include <optional>

namespace mitosis::daemon {

class RepeatLimit {
public:
    explicit RepeatLimit(std::chrono::seconds pause) : pause_(pause) {}

    [[nodiscard]] bool allows(Clock::time_point now)
    {
        if (last_ && now - *last_ < pause_)
            return false;
        last_ = now;
        return true;
    }
    /// The next one is the first again.
    void reset() { last_.reset(); }

private:
    std::chrono::seconds pause_;
    std::optional<Clock::time_point> last_;
};

} // namespace mitosis::daemon
