// SPDX-License-Identifier: GPL-2.0-only
#include "config/command_line.hpp"
#include "config/environment.hpp"
#include "daemon/application.hpp"
#include "daemon/exit_status.hpp"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

/// Upstream's scripts call it by upstream's name, and may read what it calls itself.
mitosis::config::Program program_called(const std::filesystem::path &path)
{
    if (path.filename() == "scx_mitosis")
        return {.name = "scx_mitosis", .version = MITOSIS_VERSION " " MITOSIS_TARGET};
    return {.version = MITOSIS_VERSION};
}

std::optional<std::string> variable(const char *name)
{
    const char *const value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

mitosis::config::Environment environment()
{
    using namespace mitosis::config;
    return {.log = variable(log_variable), .timeout = variable(timeout_variable)};
}

} // namespace

int main(int argc, char **argv)
{
    // While a CPU comes or goes, what hwloc reads does not fit together for a moment. It drops what
    // does not, and is not to fill the journal with a banner about it.
    static_cast<void>(::setenv("HWLOC_HIDE_ERRORS", "2", 0));
    using namespace mitosis;
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const config::Program program = program_called(argv[0]);
    auto line = config::parse_command_line(arguments, program);
    if (!line) {
        std::cerr << program.name << ": " << line.error() << '\n';
        return std::to_underlying(daemon::ExitStatus::usage);
    }
    if (const auto obeyed = config::obey(environment(), *line); !obeyed) {
        std::cerr << program.name << ": " << obeyed.error() << '\n';
        return std::to_underlying(daemon::ExitStatus::config);
    }
    if (!line->note.empty())
        std::cerr << program.name << ": " << line->note << '\n';
    for (const std::string &option : line->ignored)
        std::cerr << "warning: ignoring undefok flag " << option << '\n';
    switch (line->action) {
    case config::Action::print:
        std::cout << line->text;
        return std::to_underlying(daemon::ExitStatus::stopped);
    case config::Action::check_config:
        return std::to_underlying(daemon::check_configuration(*line));
    case config::Action::monitor:
        return std::to_underlying(daemon::monitor(*std::move(line)));
    case config::Action::run:
        return std::to_underlying(daemon::run_service(*std::move(line)));
    }
    std::unreachable();
}
