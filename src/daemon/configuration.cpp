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

std::vector<config::Document> all_documents(const Configuration &configuration)
{
    auto documents = configuration.documents;
    documents.push_back({.settings = configuration.overrides});
    return documents;
}

} // namespace

std::expected<void, Complaints> merge_documents(Configuration &configuration)
{
    auto merged = config::merge(all_documents(configuration));
    if (!merged)
        return std::unexpected(to_complaints(merged.error()));
    configuration.config = std::move(merged->config);
    configuration.origins = std::move(merged->origins);
    return {};
}

Complaints find_excess(const Configuration &configuration)
{
    return to_complaints(config::find_excess(all_documents(configuration), configuration.config,
                                             configuration.cpus));
}

std::expected<Configuration, Complaints> within_capacity(Configuration configuration)
{
    if (auto excess = find_excess(configuration); !excess.empty())
        return std::unexpected(std::move(excess));
    return configuration;
}

std::expected<Configuration, Complaints>
load_configuration(const config::CommandLine &line, const std::vector<std::string> &directories,
                   unsigned cpus)
{
    auto files = read_files(line, directories);
    if (!files)
        return std::unexpected(Complaints{to_string(files.error())});
    Configuration configuration;
    configuration.cpus = cpus;
    for (const sys::ConfigFile &file : *files) {
        configuration.documents.push_back(config::parse_toml(file.text, file.path));
        configuration.files.push_back(file.path);
    }
    configuration.documents.push_back({.settings = line.settings});
    if (auto merged = merge_documents(configuration); !merged)
        return std::unexpected(std::move(merged).error());
    return configuration;
}

} // namespace mitosis::daemon
