// SPDX-License-Identifier: GPL-2.0-only
#include "bus/rate_limits.hpp"

#include "bus/privilege.hpp"
#include "bus/token_bucket.hpp"
#include "core/cell_table.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

namespace mitosis::bus {

namespace {

/// More users than this in one burst are remembered only until they may call again.
constexpr std::size_t remembered_users = 256;

TokenBucket make_bucket(RateKind kind)
{
    using std::chrono::milliseconds;
    switch (kind) {
    case RateKind::rebalance:
        return {2, milliseconds(1000)};
    case RateKind::configuration:
        return {5, milliseconds(2000)};
    case RateKind::dump:
        return {1, milliseconds(1000)};
    case RateKind::lookup:
        return {20, milliseconds(50)};
    }
    std::unreachable();
}

} // namespace

RateLimits::Taken RateLimits::take(RateKind kind, uid_t user, Clock::time_point now)
{
    if (by_user_.size() >= remembered_users)
        forget_the_quiet(now);
    return by_user_.try_emplace({kind, user}, make_bucket(kind)).first->second.take(now);
}

RateLimits::Taken RateLimits::take(RateKind kind, Clock::time_point now)
{
    return by_all_.try_emplace(kind, make_bucket(kind)).first->second.take(now);
}

void RateLimits::forget_the_quiet(Clock::time_point now)
{
    std::erase_if(by_user_, [now](auto &entry) { return entry.second.is_full(now); });
}

} // namespace mitosis::bus
