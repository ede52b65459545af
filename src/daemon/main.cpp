// SPDX-License-Identifier: GPL-2.0-only
#include "config/command_line.hpp"
#include "daemon/application.hpp"
#include "daemon/exit_status.hpp"

#include <iostream>
#include <string>
#include <utility>
#include <vector>

int main(int argc, char **argv)
{
    using namespace mitosis;
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    auto line = config::parse_command_line(arguments, MITOSIS_VERSION);
    if (!line) {
        std::cerr << "scx-mitosis: " << line.error() << '\n';
        return std::to_underlying(daemon::ExitStatus::usage);
    }
    switch (line->action) {
    case config::Action::print:
        std::cout << line->text;
        return std::to_underlying(daemon::ExitStatus::stopped);
    case config::Action::check_config:
        return std::to_underlying(daemon::check_configuration(*line));
    case config::Action::run:
        return std::to_underlying(daemon::run_service(*std::move(line)));
    }
    std::unreachable();
}
