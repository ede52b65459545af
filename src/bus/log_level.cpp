// SPDX-License-Identifier: GPL-2.0-only
#include "bus/log_level.hpp"

#include "core/config.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace mitosis::bus {

namespace {

struct SyslogName {
    std::string_view name;
    LogLevel level;
};

constexpr std::array syslog_names{
    SyslogName{"emerg", LogLevel::error},  SyslogName{"alert", LogLevel::error},
    SyslogName{"crit", LogLevel::error},   SyslogName{"err", LogLevel::error},
    SyslogName{"warning", LogLevel::warn}, SyslogName{"notice", LogLevel::info},
    SyslogName{"info", LogLevel::info},    SyslogName{"debug", LogLevel::debug},
};

} // namespace

std::string_view to_syslog_name(LogLevel level)
{
    switch (level) {
    case LogLevel::error:
        return "err";
    case LogLevel::warn:
        return "warning";
    case LogLevel::info:
        return "info";
    case LogLevel::debug:
    case LogLevel::trace:
        break;
    }
    return "debug";
}

std::optional<LogLevel> parse_syslog_name(std::string_view name)
{
    const auto *found = std::ranges::find(syslog_names, name, &SyslogName::name);
    if (found == syslog_names.end())
        return std::nullopt;
    return found->level;
}

} // namespace mitosis::bus
