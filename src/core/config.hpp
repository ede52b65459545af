// SPDX-License-Identifier: GPL-2.0-only
// Config: the effective settings, typed and validated. Defaults live here only; names, ranges and
// documentation live in the table of config/settings.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mitosis {

enum class LogLevel { error, warn, info, debug, trace };

struct Config {
    std::optional<std::string> cell_parent_cgroup; // "/x.slice", normalised; none: one cell
    std::vector<std::string> cell_exclude;         // sorted basenames
    std::chrono::duration<double> monitor_interval{1.0};
    std::chrono::microseconds slice{20'000};
    std::uint32_t exit_dump_len = 0; // bytes; 0 = the kernel's 32768
    LogLevel log_level = LogLevel::info;
    bool dbus = true;
    friend bool operator==(const Config &, const Config &) = default;
};

} // namespace mitosis
