// SPDX-License-Identifier: GPL-2.0-only
// The log level as org.freedesktop.LogControl1 names it, and the seam to whoever logs.
#pragma once

#include "core/config.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mitosis::bus {

/// Implemented by the daemon; called from the loop thread.
class LogLevelPort {
public:
    virtual ~LogLevelPort() = default;
    [[nodiscard]] virtual LogLevel get() const = 0;
    virtual void set(LogLevel level) = 0;
    /// "journal" or "console".
    [[nodiscard]] virtual std::string target() const = 0;
};

/// "err", "warning", "info" or "debug" (also for trace, which syslog does not know).
[[nodiscard]] std::string_view to_syslog_name(LogLevel level);

/// The level that shows what the syslog level shows; none for a name that syslog does not know.
[[nodiscard]] std::optional<LogLevel> parse_syslog_name(std::string_view name);

} // namespace mitosis::bus
