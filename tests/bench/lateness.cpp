// SPDX-License-Identifier: GPL-2.0-only
#include "bench/lateness.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace mitosis::bench {

namespace {

std::chrono::nanoseconds percentile(const std::vector<std::chrono::nanoseconds> &sorted,
                                    std::size_t percent)
{
    const std::size_t rank = (sorted.size() * percent + 99) / 100;
    return sorted[rank - 1];
}

} // namespace

std::optional<Lateness> summarise(std::vector<std::chrono::nanoseconds> samples)
{
    if (samples.empty())
        return std::nullopt;
    std::ranges::sort(samples);
    return Lateness{
        .p50 = percentile(samples, 50), .p99 = percentile(samples, 99), .max = samples.back()};
}

std::optional<std::chrono::nanoseconds> parse_run_delay(std::string_view schedstat)
{
    const auto gap = schedstat.find(' ');
    if (gap == std::string_view::npos)
        return std::nullopt;
    const std::string_view rest = schedstat.substr(gap + 1);
    std::int64_t delay = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), delay);
    if (error != std::errc{} || end == rest.data() + rest.size() || *end != ' ' || delay < 0)
        return std::nullopt;
    return std::chrono::nanoseconds{delay};
}

} // namespace mitosis::bench
