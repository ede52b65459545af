// SPDX-License-Identifier: GPL-2.0-only
// The effective configuration: files found and read, laid over each other, the command line on top.
#pragma once

#include "config/command_line.hpp"
#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "core/config.hpp"

#include <expected>
#include <string>
#include <vector>

namespace mitosis::daemon {

struct Configuration {
    Config config;
    std::vector<std::string> files;            // that were merged, in order
    std::vector<config::Origin> origins;       // who gave what its value
    std::vector<config::Document> documents;   // of the files, then of the command line
    unsigned cpus = 1;                         // of the machine that has to serve it
    std::vector<config::RawSetting> overrides; // laid over the documents while the service runs
    friend bool operator==(const Configuration &, const Configuration &) = default;
};

/// Every complaint as one line, "file:line:column: key: reason".
using Complaints = std::vector<std::string>;

/// Lays documents and overrides over each other and sets `config` and `origins`.
[[nodiscard]] std::expected<void, Complaints> merge_documents(Configuration &configuration);

/// What is wanted that a machine with so many CPUs cannot give.
[[nodiscard]] Complaints find_excess(const Configuration &configuration);

/// The configuration, if there is no excess.
[[nodiscard]] std::expected<Configuration, Complaints> within_capacity(Configuration configuration);

/// Reads the search path `directories` (strongest first), or the one file that the command line
/// names, or for a check the files to check; for a machine with `cpus` CPUs.
[[nodiscard]] std::expected<Configuration, Complaints>
load_configuration(const config::CommandLine &line, const std::vector<std::string> &directories,
                   unsigned cpus);

} // namespace mitosis::daemon
