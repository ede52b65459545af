// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/runtime_settings.hpp"

#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "core/error.hpp"
#include "core/refusal.hpp"
#include "daemon/configuration.hpp"

#include <algorithm>
#include <cstddef>
#include <expected>
#include <format>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::daemon {
namespace {

constexpr std::string_view bus_source = "D-Bus";

void add_sentence(std::string &text, const std::string &sentence)
{
    text += (text.empty() ? "" : "; ") + sentence;
}

/// `name` as the caller wrote it, maybe with a value.
std::string no_such_setting(std::string_view name, std::string_view given)
{
    const std::string_view nearest = config::nearest_setting(name);
    return std::format("{}: no such setting; the nearest is {}, allowed: {}", given, nearest,
                       config::allowed_values(*config::find_setting(nearest)));
}

bool is_fixed(const config::Setting &setting)
{
    return setting.effect == config::Effect::restart || setting.effect == config::Effect::none;
}

bool has_same_value(const Configuration &a, const Configuration &b, std::string_view name)
{
    const config::Setting *const setting = config::find_setting(name);
    return setting->load(a.config) == setting->load(b.config);
}

std::expected<Configuration, Complaints> laid_over(const Configuration &base,
                                                   std::vector<config::RawSetting> overrides)
{
    Configuration laid;
    laid.cpus = base.cpus;
    laid.files = base.files;
    laid.documents = base.documents;
    laid.cpus = base.cpus;
    laid.overrides = std::move(overrides);
    if (auto merged = merge_documents(laid); !merged)
        return std::unexpected(std::move(merged).error());
    return laid;
}

} // namespace

Result<void> check_settings(std::span<const std::string> names)
{
    std::string unknown;
    for (const std::string &name : names)
        if (config::find_setting(name) == nullptr)
            add_sentence(unknown, no_such_setting(name, name));
    if (!unknown.empty())
        return refuse(Refusal::unknown_setting, std::move(unknown));
    return {};
}

Result<void> check_overrides(const NamedValues &values)
{
    std::string unknown;
    for (const auto &[name, value] : values)
        if (config::find_setting(name) == nullptr)
            add_sentence(unknown, no_such_setting(
                                      name, std::format("{} = {}", name, config::to_toml(value))));
    if (!unknown.empty())
        return refuse(Refusal::unknown_setting, std::move(unknown));
    std::string fixed;
    for (const auto &[name, value] : values)
        if (is_fixed(*config::find_setting(name)))
            add_sentence(fixed, std::format("{}: cannot be set to {} in a running service; allowed "
                                            "are the configuration files and the command line",
                                            name, config::to_toml(value)));
    if (!fixed.empty())
        return refuse(Refusal::read_only_setting, std::move(fixed));
    return {};
}

std::expected<Configuration, Complaints> with_overrides(const Configuration &base,
                                                        std::vector<config::RawSetting> overrides)
{
    auto plain = laid_over(base, {});
    if (!plain || overrides.empty())
        return plain;
    auto laid = laid_over(base, overrides);
    if (!laid)
        return laid;
    const std::size_t idle = std::erase_if(overrides, [&](const config::RawSetting &raw) {
        return has_same_value(*plain, *laid, raw.name);
    });
    return idle == 0 ? laid : laid_over(base, std::move(overrides));
}

std::vector<config::RawSetting> added(const Configuration &configuration, const NamedValues &values)
{
    auto overrides = configuration.overrides;
    std::erase_if(overrides, [&](const auto &raw) { return values.contains(raw.name); });
    for (const auto &[name, value] : values)
        overrides.push_back(
            {.name = name, .value = value, .source = {.name = std::string(bus_source)}});
    return overrides;
}

std::vector<config::RawSetting> without(const Configuration &configuration,
                                        std::span<const std::string> names)
{
    auto overrides = configuration.overrides;
    std::erase_if(overrides, [names](const config::RawSetting &raw) {
        return names.empty() || std::ranges::contains(names, raw.name);
    });
    return overrides;
}

} // namespace mitosis::daemon
