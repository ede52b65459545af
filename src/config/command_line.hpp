// SPDX-License-Identifier: GPL-2.0-only
// The command line, generated from the table of settings.
#pragma once

#include "config/raw_setting.hpp"

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::config {

enum class Action {
    run,
    print, // help or version: `text` goes to standard output
    check_config,
};

struct CommandLine {
    Action action = Action::run;
    std::string text;
    std::vector<RawSetting> settings;       // valid one by one; source "command line"
    std::optional<std::string> config_file; // instead of the search path
    std::vector<std::string> check_files;   // likewise, for check_config
};

/// `arguments` come without the program's name. Both `--name value` and `--name=value`; names are
/// not abbreviated and an option stands once, unless it is a list. The error is what the user reads
/// on standard error, without a final newline.
[[nodiscard]] std::expected<CommandLine, std::string>
parse_command_line(std::span<const std::string> arguments, std::string_view version);

} // namespace mitosis::config
