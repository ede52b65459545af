// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/configuration.hpp"

#include "config/command_line.hpp"
#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "config/toml_file.hpp"
#include "core/error.hpp"
#include "sys/config_files.hpp"

#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::daemon {
namespace {

Result<std::vector<sys::ConfigFile>> read_files(const config::CommandLine &line,
                                                const std::vector<std::string> &directories)
{
    if (!line.check_files.empty())
        return sys::read_named_config_files(line.check_files);
    if (line.config_file)
        return sys::read_named_config_files(std::vector{*line.config_file});
    return sys::read_config_files(directories);
}

Complaints to_complaints(const std::vector<config::Problem> &problems)
{
    Complaints complaints;
    complaints.reserve(problems.size());
    for (const config::Problem &problem : problems)
        complaints.push_back(to_string(problem));
    return complaints;
}

} // namespace

std::expected<Configuration, Complaints>
load_configuration(const config::CommandLine &line, const std::vector<std::string> &directories)
{
    auto files = read_files(line, directories);
    if (!files)
        return std::unexpected(Complaints{to_string(files.error())});
    std::vector<config::Document> documents;
    Configuration configuration;
    for (const sys::ConfigFile &file : *files) {
        documents.push_back(config::parse_toml(file.text, file.path));
        configuration.files.push_back(file.path);
    }
    documents.push_back({.settings = line.settings, .problems = {}});
    auto merged = config::merge(documents);
    if (!merged)
        return std::unexpected(to_complaints(merged.error()));
    configuration.config = std::move(merged->config);
    configuration.origins = std::move(merged->origins);
    return configuration;
}

} // namespace mitosis::daemon
