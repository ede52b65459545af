// SPDX-License-Identifier: GPL-2.0-only
// RateLimits: how often the members of each kind may be called, by one user and by all together.
// The users' limits spare polkit and are not for root; those for all spare the machine and are for
// root, too. Pure: the caller says what time it is.
#pragma once

#include "bus/privilege.hpp"
#include "bus/token_bucket.hpp"
#include "core/cell_table.hpp"

#include <sys/types.h>

#include <chrono>
#include <expected>
#include <map>
#include <utility>

namespace mitosis::bus {

class RateLimits {
public:
    using Taken = std::expected<void, std::chrono::microseconds>; // else: how long to wait

    /// One more call by this user.
    [[nodiscard]] Taken take(RateKind kind, uid_t user, Clock::time_point now);
    /// One more call by anybody.
    [[nodiscard]] Taken take(RateKind kind, Clock::time_point now);

private:
    void forget_the_quiet(Clock::time_point now);

    std::map<std::pair<RateKind, uid_t>, TokenBucket> by_user_;
    std::map<RateKind, TokenBucket> by_all_;
};

} // namespace mitosis::bus
