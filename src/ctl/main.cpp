// SPDX-License-Identifier: GPL-2.0-only
// mitosisctl: looks at scx-mitosis.service and tells it what to do. See mitosisctl(1).
#include "version.hpp"

#include "ctl/client.hpp"
#include "ctl/commands.hpp"
#include "ctl/failure.hpp"
#include "ctl/text.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>

namespace {

using namespace mitosis::ctl;

Look look_of_now()
{
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const bool wants_color = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    return {.now_monotonic_us = static_cast<std::uint64_t>(
                std::chrono::duration_cast<std::chrono::microseconds>(now).count()),
            .style = wants_color ? Style::colored : Style::plain};
}

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

void add_commands(CLI::App &app, Options &options)
{
    add_command(app, options, Command::status, "status", "the service and the scheduler");
    add_command(app, options, Command::cells, "cells", "every cell in a line");
    add_command(app, options, Command::cell, "cell", "one cell in full")
        ->add_option("CELL", options.cell, "id, cgroup path, or the last part of one")
        ->required();
    add_command(app, options, Command::rebalance, "rebalance", "divide the CPUs again now")
        ->add_flag_callback(
            "--dry-run", [&options] { options.dry_run = DryRun::yes; },
            "only say what would change");
    add_command(app, options, Command::reload, "reload", "read the configuration files again");
}

int end_with(const Failure &failure)
{
    std::cerr << "mitosisctl: " << failure.message << '\n';
    return static_cast<int>(failure.status);
}

int run_command(const Options &options)
{
    auto client = Client::open();
    if (!client)
        return end_with(client.error());
    const auto text = run(*client, options);
    if (!text)
        return end_with(text.error());
    std::cout << *text << std::flush;
    return static_cast<int>(std::cout ? ExitStatus::success : ExitStatus::failure);
}

} // namespace

int main(int argc, char **argv)
{
    CLI::App app{"Look at and steer the Mitosis CPU scheduler.", "mitosisctl"};
    app.set_version_flag("--version", std::string(version));
    Options options;
    options.look = look_of_now();
    add_commands(app, options);
    try {
        app.parse(argc, argv);
        if (app.get_subcommands().empty()) // after the parse, so that a wrong word is named instead
            throw CLI::RequiredError("a command");
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : static_cast<int>(ExitStatus::usage);
    }
    return run_command(options);
}
