// SPDX-License-Identifier: GPL-2.0-only
// TokenBucket: how often something may be asked for. Full at first; a token comes back each
// interval. Pure: the caller says what time it is.
#pragma once

#include "core/cell_table.hpp"

#include <chrono>
#include <expected>

namespace mitosis::bus {

class TokenBucket {
public:
    /// `burst` >= 1, `interval` > 0.
    TokenBucket(unsigned burst, std::chrono::microseconds interval)
        : burst_(burst), interval_(interval), tokens_(burst)
    {
    }

    /// Takes a token; without one, how long until the next is there (> 0). `now` never goes back.
    std::expected<void, std::chrono::microseconds> take(Clock::time_point now);

    /// Nobody took a token for so long that the bucket is as it was made.
    [[nodiscard]] bool is_full(Clock::time_point now);

private:
    void refill(Clock::time_point now);

    unsigned burst_;
    std::chrono::microseconds interval_;
    unsigned tokens_;
    Clock::time_point refilled_at_; // the moment up to which tokens were given back
};

} // namespace mitosis::bus
