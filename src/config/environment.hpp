// SPDX-License-Identifier: GPL-2.0-only
// The variables of the environment that upstream obeys, as settings. Reads no environment itself.
#pragma once

#include "config/command_line.hpp"

#include <expected>
#include <optional>
#include <string>

namespace mitosis::config {

inline constexpr const char *log_variable = "RUST_LOG";
inline constexpr const char *timeout_variable = "SCX_TIMEOUT_MS";

struct Environment {
    std::optional<std::string> log;     // RUST_LOG
    std::optional<std::string> timeout; // SCX_TIMEOUT_MS
};

/// Lays the variables over the line: a filter in RUST_LOG counts instead of --log-level, and is
/// ignored when it is none; SCX_TIMEOUT_MS counts unless --watchdog-timeout-ms is given. Their
/// source is the variable's name. The error says what is wrong with SCX_TIMEOUT_MS.
[[nodiscard]] std::expected<void, std::string> obey(const Environment &environment,
                                                    CommandLine &line);

} // namespace mitosis::config
