// SPDX-License-Identifier: GPL-2.0-only
// What the program does once its command line is understood, on the real machine.
#pragma once

#include "config/command_line.hpp"
#include "daemon/exit_status.hpp"

namespace mitosis::daemon {

/// Says on standard error what is wrong with the configuration.
[[nodiscard]] ExitStatus check_configuration(const config::CommandLine &line);

/// Prints upstream's statistics of the scheduler that runs, until a signal ends it; where none is
/// attached and the command line names the parent of cells, as run_service does, while it runs.
[[nodiscard]] ExitStatus monitor(config::CommandLine line);

/// Runs until a signal or the kernel ends it.
[[nodiscard]] ExitStatus run_service(config::CommandLine line);

} // namespace mitosis::daemon
