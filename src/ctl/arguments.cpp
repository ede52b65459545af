// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/arguments.hpp"

#include "ctl/client.hpp"
#include "ctl/commands.hpp"
#include "ctl/failure.hpp"
#include "ctl/plan_command.hpp"

#include <CLI/CLI.hpp>

#include <expected>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::ctl {

namespace {

/// 0.01 s to a day. CLI11's own Range lets "nan" through.
const CLI::Validator interval_range(
    [](const std::string &text) -> std::string {
        double seconds = 0.0;
        const bool is_number = CLI::detail::lexical_cast(text, seconds);
        return is_number && seconds >= 0.01 && seconds <= 86400.0
                   ? ""
                   : "\"" + text + "\" is not between 0.01 and 86400 seconds";
    },
    "SECONDS");

/// One command and its --json.
CLI::App *add_command(CLI::App &app, Options &options, Command command, std::string name,
                      std::string does)
{
    CLI::App *subcommand = app.add_subcommand(std::move(name), std::move(does));
    subcommand->callback([&options, command] { options.command = command; });
    subcommand->add_flag_callback(
        "--json", [&options] { options.output = Output::json; }, "print JSON for programs");
    return subcommand;
}

void add_names(CLI::App *command, Options &options, const std::string &help)
{
    command->add_flag_callback("--names", [&options] { options.output = Output::names; }, help);
}

void add_dry_run(CLI::App *command, Options &options)
{
    command->add_flag_callback(
        "--dry-run", [&options] { options.dry_run = DryRun::yes; }, "only say what would change");
}

void add_looking(CLI::App &app, Options &options)
{
    add_command(app, options, Command::status, "status", "the service and the scheduler");
    add_names(add_command(app, options, Command::cells, "cells", "every cell in a line"), options,
              "only their names, one a line");
    add_command(app, options, Command::cell, "cell", "one cell in full")
        ->add_option("CELL", options.cell,
                     "id, cgroup path, the last part of one, or the id of a process in it")
        ->required();
    CLI::App *metrics =
        add_command(app, options, Command::metrics, "metrics", "everything that is counted");
    metrics
        ->add_option_function<std::string>(
            "--format",
            [&options](const std::string &format) {
                options.output = format == "json" ? Output::json : Output::text;
            },
            "prometheus (the default) or json")
        ->check(CLI::IsMember({"prometheus", "json"}));
    add_command(app, options, Command::dump, "dump", "all that the service knows, for a report");
    add_command(app, options, Command::doctor, "doctor", "what is wrong with this machine");
    add_command(app, options, Command::verify, "verify",
                "whether the machine is as the service says; 1 if not");
}

void add_watching(CLI::App &app, Options &options)
{
    CLI::App *top = add_command(app, options, Command::top, "top", "the cells, live");
    top->add_flag("-b,--batch", options.is_batch, "print instead of drawing");
    top->add_option("-n,--count", options.count, "end after this many");
    top->add_option("-d,--delay", options.interval_s, "seconds between two")->check(interval_range);
    CLI::App *monitor =
        add_command(app, options, Command::monitor, "monitor", "what happens, as it happens");
    monitor->add_option("-n,--count", options.count, "end after this many");
    monitor
        ->add_option_function<double>(
            "--statistics",
            [&options](double seconds) {
                options.interval_s = seconds;
                options.wants_upstream_format = true;
            },
            "instead print statistics each SECONDS, as scx_mitosis --monitor does")
        ->type_name("SECONDS")
        ->check(interval_range);
}

void add_changing(CLI::App &app, Options &options)
{
    CLI::App *rebalance =
        add_command(app, options, Command::rebalance, "rebalance", "divide the CPUs again now");
    add_dry_run(rebalance, options);
    rebalance->add_flag_callback(
        "--force", [&options] { options.force = Force::yes; },
        "move what improves anything, whatever the threshold says");
    CLI::App *set =
        add_command(app, options, Command::set, "set", "change settings until the service ends");
    set->add_option("SETTING", options.words, "NAME=VALUE; a list is separated by commas")
        ->required();
    add_dry_run(set, options);
    set->add_option("--if-generation", options.if_generation,
                    "only if nothing changed since this generation");
    set->add_flag_callback(
        "--reattach", [&options] { options.reattach = Reattach::allowed; },
        "attach the scheduler anew where a setting needs it");
    add_command(app, options, Command::reset, "reset", "drop what was set; all without names")
        ->add_option("NAME", options.words, "settings");
    add_command(app, options, Command::reload, "reload", "read the configuration files again");
}

void add_config(CLI::App &app, Options &options)
{
    CLI::App *config =
        add_command(app, options, Command::config, "config", "the settings in force");
    const auto add_view = [&](const char *name, ConfigView view, const char *help) {
        config->add_flag_callback(name, [&options, view] { options.config_view = view; }, help);
    };
    add_view("--effective", ConfigView::effective, "all of them (the default)");
    add_view("--diff", ConfigView::diff, "those that are not at their default, and who set them");
    add_view("--files", ConfigView::files, "the files that were read");
    add_names(config, options, "only the settings' names, one a line");
}

void add_plan(CLI::App &app, Options &options)
{
    CLI::App *plan =
        add_command(app, options, Command::plan, "plan", "divide CPUs only in thought");
    CLI::Option *file =
        plan->add_option("FILE", options.plan.file, "the problem in JSON; - is standard input");
    plan->add_flag_callback(
            "--live", [&options] { options.plan.source = PlanSource::service; },
            "plan for the running service")
        ->excludes(file);
    plan->add_option("--explain", options.plan.explain, "say why a cell or a CPU is as it is")
        ->type_name("CELL|CPU");
}

std::unique_ptr<CLI::App> make_app(Options &options)
{
    auto app =
        std::make_unique<CLI::App>("Look at and steer the Mitosis CPU scheduler.", "mitosisctl");
    app->fallthrough(); // --no-ask-password may also come after the command
    add_looking(*app, options);
    add_watching(*app, options);
    add_changing(*app, options);
    add_config(*app, options);
    add_plan(*app, options);
    app->add_flag_callback(
        "--no-ask-password", [&options] { options.asks_password = false; },
        "do not ask for a password where polkit would");
    app->footer("Without a command: status.");
    return app;
}

} // namespace

std::expected<Options, int> parse_arguments(int argc, const char *const *argv,
                                            const std::string &version)
{
    Options options;
    const auto app = make_app(options);
    app->set_version_flag("--version", version);
    try {
        app->parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return std::unexpected(app->exit(error) == 0 ? 0 : static_cast<int>(ExitStatus::usage));
    }
    return options;
}

std::vector<std::string> all_arguments()
{
    Options options;
    const auto app = make_app(options);
    std::vector<std::string> arguments;
    for (const CLI::App *command : app->get_subcommands({})) {
        arguments.push_back(command->get_name());
        for (const CLI::Option *option : command->get_options())
            for (const std::string &name : option->get_lnames())
                arguments.push_back(command->get_name() + " --" + name);
    }
    return arguments;
}

} // namespace mitosis::ctl
