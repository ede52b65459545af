// SPDX-License-Identifier: GPL-2.0-only
#include "bus/token_bucket.hpp"

#include "core/cell_table.hpp"

#include <algorithm>
#include <chrono>
#include <expected>

namespace mitosis::bus {

std::expected<void, std::chrono::microseconds> TokenBucket::take(Clock::time_point now)
{
    refill(now);
    if (tokens_ == 0)
        return std::unexpected(
            std::chrono::ceil<std::chrono::microseconds>(refilled_at_ + interval_ - now));
    --tokens_;
    return {};
}

bool TokenBucket::is_full(Clock::time_point now)
{
    refill(now);
    return tokens_ == burst_;
}

void TokenBucket::refill(Clock::time_point now)
{
    if (tokens_ == burst_) { // a full bucket gathers nothing while it waits
        refilled_at_ = now;
        return;
    }
    const auto earned = (now - refilled_at_) / interval_;
    refilled_at_ += earned * interval_;
    tokens_ += static_cast<unsigned>(std::min<decltype(earned)>(earned, burst_ - tokens_));
}

} // namespace mitosis::bus
