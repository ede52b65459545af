// SPDX-License-Identifier: GPL-2.0-only
#include "config/command_line.hpp"

#include "config/log_filter.hpp"
#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "config/undefok.hpp"
#include "core/config.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
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

/// Keeps a sum of counts far from overflow and still out of every range.
constexpr std::int64_t most_counted = 1'000'000;

/// What the parser writes into; it must not move while the parser lives.
struct Targets {
    std::vector<std::vector<std::string>> values; // one per setting, in table order
    std::vector<std::string> config_file;
    std::vector<std::string> check_files;
    std::vector<double> monitor;
    std::vector<std::string> undefok; // for the help text; taken out before
};

/// For the library: every name with what it means without a value.
std::string names_of(const Setting &setting)
{
    const std::string bare = setting.bare.empty() ? "" : std::format("{{{}}}", setting.bare);
    const std::string name = std::format("--{}{}", setting.name, bare);
    return setting.letter == '\0' ? name : std::format("-{}{},{}", setting.letter, bare, name);
}

bool is_counted(const Setting &setting)
{
    return setting.type == ValueType::integer && !setting.bare.empty();
}

void add_setting(CLI::App &app, const Setting &setting, std::vector<std::string> &values)
{
    const std::string names = names_of(setting);
    const std::string summary(setting.summary);
    if (!setting.bare.empty()) {
        CLI::Option *const flag = app.add_flag(names, values, summary);
        if (!is_counted(setting))
            flag->multi_option_policy(CLI::MultiOptionPolicy::Throw);
        return;
    }
    CLI::Option *const option =
        app.add_option(names, values, std::format("{} ({})", summary, allowed_values(setting)));
    option->type_name(std::string(setting.placeholder));
    if (setting.type == ValueType::text_list)
        option->allow_extra_args(false);
    else
        option->expected(1);
}

/// The sum, which is the number of bare options.
std::expected<Value, std::string> count_of(const Setting &setting,
                                           const std::vector<std::string> &texts)
{
    std::int64_t sum = 0;
    for (const std::string &text : texts) {
        const auto value = parse_value(setting, text);
        if (!value)
            return value;
        sum += std::clamp<std::int64_t>(std::get<std::int64_t>(*value), -1, most_counted);
    }
    return sum;
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
    auto value =
        is_counted(setting) ? count_of(setting, texts) : parse_value(setting, texts.front());
    if (!value)
        return std::unexpected(std::format("--{}: {}", setting.name, value.error()));
    raw.value = *std::move(value);
    return raw;
}

/// As upstream: a filter for its log never fails the start.
std::string take_log_filter(Targets &targets)
{
    const auto setting = std::ranges::find(settings(), "log-level", &Setting::name);
    auto &texts = targets.values[static_cast<std::size_t>(setting - settings().begin())];
    if (texts.empty())
        return {};
    const std::string filter = std::exchange(texts.front(), "info");
    const auto level = level_of_filter(filter);
    if (level)
        texts.front() = *level;
    return level ? "" : std::format("invalid log filter \"{}\", logging from info on", filter);
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
        return CommandLine{.action = Action::print, .text = out.str()};
    return std::unexpected(std::format("{}\nTry --help.", error.what()));
}

void add_options(CLI::App &app, Targets &targets, const Program &program)
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
    app.add_option("--monitor", targets.monitor,
                   "print upstream's statistics of the running scheduler in this interval")
        ->type_name("SECONDS")
        ->expected(1);
    app.add_option("--undefok", targets.undefok,
                   "ignore these options if this program does not know them")
        ->type_name("NAME,...")
        ->allow_extra_args(false);
    app.set_version_flag("-V,--version", std::format("{} {}", program.name, program.version));
    app.set_help_flag("-h,--help", "print this help and exit");
}

bool is_time_span(double seconds)
{
    return seconds > 0 && std::isfinite(seconds);
}

std::expected<CommandLine, std::string> to_command_line(const CLI::App &app, Targets targets)
{
    CommandLine line;
    line.note = take_log_filter(targets);
    auto settings = to_settings(targets);
    if (!settings)
        return std::unexpected(std::move(settings).error());
    line.settings = *std::move(settings);
    if (!targets.monitor.empty()) {
        if (!is_time_span(targets.monitor.front()))
            return std::unexpected("--monitor: not a time span, allowed: more than 0 seconds");
        line.action = Action::monitor;
        line.monitor_interval = std::chrono::duration<double>(targets.monitor.front());
    }
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
                                                           const Program &program)
{
    CLI::App app(std::string(description), program.name);
    Targets targets;
    add_options(app, targets, program);
    auto known = drop_undefined(arguments, [&app](const std::string &name) {
        return app.get_option_no_throw("--" + name) != nullptr;
    });
    if (!known)
        return std::unexpected(std::move(known).error());
    try {
        // The library takes the arguments last first.
        app.parse(std::views::reverse(known->arguments) | std::ranges::to<std::vector>());
    } catch (const CLI::ParseError &error) {
        return explain(app, error);
    }
    auto line = to_command_line(app, std::move(targets));
    if (line)
        line->ignored = std::move(known->dropped);
    return line;
}

} // namespace mitosis::config
