// SPDX-License-Identifier: GPL-2.0-only
// The command line of mitosisctl.
#pragma once

#include "ctl/commands.hpp"

#include <expected>
#include <string>
#include <vector>

namespace mitosis::ctl {

/// What was asked for; else the exit status of a command line that was wrong (said on stderr), or
/// that of --help and --version (said on stdout).
[[nodiscard]] std::expected<Options, int> parse_arguments(int argc, const char *const *argv,
                                                          const std::string &version);

/// Every command with its options, for what must agree with them: "cells", "cells --json".
[[nodiscard]] std::vector<std::string> all_arguments();

} // namespace mitosis::ctl
