// SPDX-License-Identifier: GPL-2.0-only
#include "config/command_line.hpp"

#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "core/config.hpp"

#include <CLI/CLI.hpp>

#include <expected>
#include <format>
#include <ranges>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::config {
namespace {

constexpr std::string_view description =
    "Divides the CPUs of this machine into cells, one for each child of a cgroup, with a sched_ext "
    "scheduler of its own. See scx-mitosis(8) and mitosis.toml(5).";

/// What the parser writes into; it must not move while the parser lives.
struct Targets {
    std::vector<std::vector<std::string>> values; // one per setting, in table order
    std::vector<std::string> config_file;
    std::vector<std::string> check_files;
};

void add_setting(CLI::App &app, const Setting &setting, std::vector<std::string> &values)
{
    const std::string name = std::format("--{}", setting.name);
    const std::string summary(setting.summary);
    if (setting.type == ValueType::toggle) {
        app.add_flag(name, values, summary)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
        return;
    }
    CLI::Option *const option =
        app.add_option(name, values, std::format("{} ({})", summary, allowed_values(setting)));
    option->type_name(std::string(setting.placeholder));
    if (setting.type == ValueType::text_list)
        option->allow_extra_args(false);
    else
        option->expected(1);
}

/// One raw setting per option given. Several occurrences of a list are one list.
std::expected<RawSetting, std::string> to_raw(const Setting &setting,
                                              const std::vector<std::string> &texts)
{
    RawSetting raw{std::string(setting.name), Value{}, {.name = "command line"}};
    if (setting.type == ValueType::text_list) {
        raw.value = texts;
        return raw;
    }
    auto value = parse_value(setting, texts.front());
    if (!value)
        return std::unexpected(std::format("--{}: {}", setting.name, value.error()));
    raw.value = *std::move(value);
    return raw;
}

std::expected<std::vector<RawSetting>, std::string> to_settings(const Targets &targets)
{
    std::vector<RawSetting> raws;
    Config scratch;
    std::string problems;
    for (const auto &[setting, texts] : std::views::zip(settings(), targets.values)) {
        if (texts.empty())
            continue;
        auto raw = to_raw(setting, texts);
        if (!raw)
            problems += raw.error() + "\n";
        else if (const auto problem = store(*raw, scratch))
            problems += std::format("--{}: {}, allowed: {}\n", setting.name, problem->reason,
                                    problem->allowed);
        else
            raws.push_back(*std::move(raw));
    }
    if (problems.empty())
        return raws;
    problems.pop_back();
    return std::unexpected(std::move(problems));
}

/// Help and version are "errors" of the library too, with exit status 0.
std::expected<CommandLine, std::string> explain(const CLI::App &app, const CLI::ParseError &error)
{
    std::ostringstream out;
    std::ostringstream err;
    if (app.exit(error, out, err) == 0)
        return CommandLine{.action = Action::print,
                           .text = out.str(),
                           .settings = {},
                           .config_file = {},
                           .check_files = {}};
    return std::unexpected(std::format("{}\nTry --help.", error.what()));
}

void add_options(CLI::App &app, Targets &targets, std::string_view version)
{
    targets.values.resize(settings().size());
    for (auto &&[setting, values] : std::views::zip(settings(), targets.values))
        add_setting(app, setting, values);
    app.add_option("--config", targets.config_file, "read this file and no other")
        ->type_name("FILE")
        ->expected(1);
    app.add_option("--check-config", targets.check_files,
                   "check the configuration, or these files, and exit")
        ->type_name("[FILE...]")
        ->expected(0, CLI::detail::expected_max_vector_size);
    app.set_version_flag("-V,--version", std::format("scx-mitosis {}", version));
    app.set_help_flag("-h,--help", "print this help and exit");
}

std::expected<CommandLine, std::string> to_command_line(const CLI::App &app, Targets targets)
{
    auto settings = to_settings(targets);
    if (!settings)
        return std::unexpected(std::move(settings).error());
    CommandLine line;
    line.settings = *std::move(settings);
    if (!targets.config_file.empty())
        line.config_file = targets.config_file.front();
    if (app.count("--check-config") > 0) {
        line.action = Action::check_config;
        std::erase(targets.check_files, ""); // stands for "no file" in the parser
        line.check_files = std::move(targets.check_files);
    }
    return line;
}

} // namespace

std::expected<CommandLine, std::string> parse_command_line(std::span<const std::string> arguments,
                                                           std::string_view version)
{
    CLI::App app(std::string(description), "scx-mitosis");
    Targets targets;
    add_options(app, targets, version);
    try {
        // The library takes the arguments last first.
        app.parse(std::views::reverse(arguments) | std::ranges::to<std::vector>());
    } catch (const CLI::ParseError &error) {
        return explain(app, error);
    }
    return to_command_line(app, std::move(targets));
}

} // namespace mitosis::config
