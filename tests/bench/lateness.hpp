// SPDX-License-Identifier: GPL-2.0-only
// What a series of wakeups comes to: how late they were, and how long the threads waited for a CPU.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace mitosis::bench {

struct Lateness {
    std::chrono::nanoseconds p50;
    std::chrono::nanoseconds p99;
    std::chrono::nanoseconds max;
};

/// The nearest-rank percentiles of the samples; nothing when there are none.
std::optional<Lateness> summarise(std::vector<std::chrono::nanoseconds> samples);

/// The time a thread was runnable and not running, from the text of its /proc/.../schedstat
/// ("run-time run-delay timeslices", in ns); nothing when the text is not that.
std::optional<std::chrono::nanoseconds> parse_run_delay(std::string_view schedstat);

} // namespace mitosis::bench
