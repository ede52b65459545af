// SPDX-License-Identifier: GPL-2.0-only
#include "config/environment.hpp"

#include "config/command_line.hpp"
#include "config/log_filter.hpp"
#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "core/config.hpp"

#include <algorithm>
#include <expected>
#include <format>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::config {
namespace {

constexpr const char *log_level = "log-level";
constexpr const char *watchdog = "watchdog-timeout-ms";

void obey_log(const std::string &filter, CommandLine &line)
{
    const auto level = level_of_filter(filter);
    if (!level)
        return;
    std::erase_if(line.settings, [](const RawSetting &raw) { return raw.name == log_level; });
    line.settings.push_back({log_level, *level, {.name = log_variable}});
}

std::expected<void, std::string> obey_timeout(const std::string &text, CommandLine &line)
{
    if (std::ranges::contains(line.settings, watchdog, &RawSetting::name))
        return {};
    const Setting &setting = *find_setting(watchdog);
    auto value = parse_value(setting, text);
    if (!value)
        return std::unexpected(
            std::format("{} has invalid value: {}", timeout_variable, value.error()));
    RawSetting raw{watchdog, *std::move(value), {.name = timeout_variable}};
    Config scratch;
    if (const auto problem = store(raw, scratch))
        return std::unexpected(std::format("{} has invalid value: {}, allowed: {}",
                                           timeout_variable, problem->reason, problem->allowed));
    line.settings.push_back(std::move(raw));
    return {};
}

} // namespace

std::expected<void, std::string> obey(const Environment &environment, CommandLine &line)
{
    if (environment.log)
        obey_log(*environment.log, line);
    return environment.timeout ? obey_timeout(*environment.timeout, line)
                               : std::expected<void, std::string>{};
}

} // namespace mitosis::config
