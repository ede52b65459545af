// SPDX-License-Identifier: GPL-2.0-only
// Figures as people read them: short, with a unit, three digits at most.
#pragma once

#include "ctl/snapshot.hpp"

#include <cstdint>
#include <string>

namespace mitosis::ctl {

/// "340ns", "18us", "3.4ms", "12.5s", "4.2min", "7.0h", "12d".
[[nodiscard]] std::string format_ns(std::uint64_t duration_ns);

/// "12s ago"; "never" when `then_us` is 0.
[[nodiscard]] std::string format_ago(std::uint64_t then_us, std::uint64_t now_us);

/// A ratio in per cent, "12%"; "-" when there is nothing to divide by.
[[nodiscard]] std::string format_share(std::uint64_t part, std::uint64_t whole);
[[nodiscard]] std::string format_ratio(double ratio);

/// "0-3,8"; "-" for none.
[[nodiscard]] std::string format_cpus(const Cpus &cpus);

} // namespace mitosis::ctl
