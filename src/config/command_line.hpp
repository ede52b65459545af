// SPDX-License-Identifier: GPL-2.0-only
// The command line, generated from the table of settings.
#pragma once

#include "config/raw_setting.hpp"

#include <chrono>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mitosis::config {

enum class Action {
    run,
    print, // help or version: `text` goes to standard output
    check_config,
    monitor, // print statistics in `monitor_interval`
};

struct CommandLine {
    Action action = Action::run;
    std::string text{};
    std::vector<RawSetting> settings{};                // valid one by one; source "command line"
    std::optional<std::string> config_file{};          // instead of the search path
    std::vector<std::string> check_files{};            // likewise, for check_config
    std::chrono::duration<double> monitor_interval{0}; // finite and positive for monitor
    std::vector<std::string> ignored{}; // options dropped by --undefok, with their dashes
    std::string note{};                 // what is odd but taken, for standard error
};

/// As it is called, which may be by another name, and its version for --version.
struct Program {
    std::string name = "scx-mitosis";
    std::string version;
};

/// `arguments` come without the program's name. Both `--name value` and `--name=value`; names are
/// not abbreviated and an option stands once, unless it is a list. The error is what the user reads
/// on standard error, without a final newline.
[[nodiscard]] std::expected<CommandLine, std::string>
parse_command_line(std::span<const std::string> arguments, const Program &program);

} // namespace mitosis::config
