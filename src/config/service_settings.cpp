// SPDX-License-Identifier: GPL-2.0-only
// Settings: the program itself.
#include "config/member.hpp"
#include "config/raw_setting.hpp"
#include "config/rows.hpp"
#include "config/settings.hpp"
#include "core/config.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace mitosis::config {
namespace {

using Stored = std::expected<void, std::string>;

constexpr std::array<std::pair<std::string_view, LogLevel>, 5> log_levels{{
    {"error", LogLevel::error},
    {"warn", LogLevel::warn},
    {"info", LogLevel::info},
    {"debug", LogLevel::debug},
    {"trace", LogLevel::trace},
}};

Stored store_log_level(Config &config, const Value &value)
{
    const auto &text = std::get<std::string>(value);
    const auto *const found = std::ranges::find(log_levels, text, [](auto &l) { return l.first; });
    if (found == log_levels.end())
        return std::unexpected("\"" + text + "\" is no log level");
    config.log_level = found->second;
    return {};
}

Value load_log_level(const Config &config)
{
    const auto *const found =
        std::ranges::find(log_levels, config.log_level, [](auto &l) { return l.second; });
    return std::string(found->first);
}

/// Kept as text: it may need all of 64 bits, and nothing is done with it but to log it.
Stored store_run_id(Config &config, const Value &value)
{
    const auto &text = std::get<std::string>(value);
    std::uint64_t number = 0;
    const char *const end = text.data() + text.size();
    const auto [rest, code] = std::from_chars(text.data(), end, number);
    if (!text.empty() && (code != std::errc{} || rest != end))
        return std::unexpected("\"" + text + "\" is not a whole number of at most 64 bits");
    config.run_id = text;
    return {};
}

Stored store_no_dbus(Config &config, const Value &value)
{
    config.dbus = !std::get<bool>(value);
    return {};
}

Value load_no_dbus(const Config &config)
{
    return !config.dbus;
}

constexpr std::array rows{
    Setting{
        .name = "log-level",
        .type = ValueType::text,
        .placeholder = "LEVEL",
        .allowed = "error, warn, info, debug or trace",
        .summary = "least important messages to log",
        .doc = "The least important messages that are logged: error, warn, info, debug or trace. "
               "\"systemctl service-log-level scx-mitosis LEVEL\" changes it in a running service.",
        .store = store_log_level,
        .load = load_log_level,
    },
    Setting{
        .name = "run-id",
        .type = ValueType::text,
        .placeholder = "NUMBER",
        .allowed = "a whole number from 0 to 18446744073709551615",
        .example = "\"1\"",
        .effect = Effect::restart,
        .summary = "number to find this run by in the log",
        .doc = "A number that is logged once at the start, to find a run by. Unset by default.",
        .store = store_run_id,
        .load = get<&Config::run_id>,
    },
    Setting{
        .name = "no-dbus",
        .bare = "true",
        .effect = Effect::restart,
        .summary = "stay away from D-Bus",
        .doc = "Offer nothing on the system bus. Scheduling does not depend on the bus, so this "
               "changes only what can be seen and asked from outside.",
        .store = store_no_dbus,
        .load = load_no_dbus,
    },
    Setting{
        .name = "handover",
        .placeholder = "true|false",
        .effect = Effect::restart,
        .summary = "keep the scheduler attached while the service restarts",
        .doc = "Keep the scheduler attached while systemd restarts the service, whether asked to "
               "or after a crash: the next start goes on with it, with its cells and counters. A "
               "scheduler that another version loaded, or that was loaded with other settings or "
               "for other CPUs, is replaced; so is that of a service that did not answer.",
        .store = put<&Config::handover>,
        .load = get<&Config::handover>,
    },
};

} // namespace

std::span<const Setting> service_settings()
{
    return rows;
}

} // namespace mitosis::config
