// SPDX-License-Identifier: GPL-2.0-only
// The effective configuration: files found and read, laid over each other, the command line on top.
#pragma once

#include "config/command_line.hpp"
#include "config/settings.hpp"
#include "core/config.hpp"

#include <expected>
#include <string>
#include <vector>

namespace mitosis::daemon {

struct Configuration {
    Config config;
    std::vector<std::string> files;      // that were merged, in order
    std::vector<config::Origin> origins; // who gave what its value
    friend bool operator==(const Configuration &, const Configuration &) = default;
};

/// Every complaint as one line, "file:line:column: key: reason".
using Complaints = std::vector<std::string>;

/// Reads the search path `directories` (strongest first), or the one file that the command line
/// names, or for a check the files to check.
[[nodiscard]] std::expected<Configuration, Complaints>
load_configuration(const config::CommandLine &line, const std::vector<std::string> &directories);

} // namespace mitosis::daemon
