// SPDX-License-Identifier: GPL-2.0-only
#include "sys/config_files.hpp"

#include "core/error.hpp"
#include "sys/file.hpp"

#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace mitosis::sys {
namespace {

namespace fs = std::filesystem;

bool is_missing(std::error_code code)
{
    return code == std::errc::no_such_file_or_directory || code == std::errc::not_a_directory;
}

bool is_masked(const fs::path &path)
{
    std::error_code ignored; // a broken link masks nothing
    return fs::equivalent(path, "/dev/null", ignored);
}

/// Nothing where there is no file, so that a weaker directory's counts. A masked one has no text.
Result<std::optional<ConfigFile>> read_if_present(const fs::path &path)
{
    if (is_masked(path))
        return ConfigFile{.path = path, .text = {}};
    auto text = read_file(path);
    if (text)
        return ConfigFile{.path = path, .text = *std::move(text)};
    if (is_missing(text.error().code))
        return std::nullopt;
    return std::unexpected(std::move(text).error());
}

Result<std::optional<ConfigFile>> read_main_file(std::span<const std::string> directories)
{
    for (const std::string &directory : directories) {
        auto file = read_if_present(fs::path(directory) / "mitosis.toml");
        if (!file || *file)
            return file;
    }
    return std::nullopt;
}

using DropIns = std::map<std::string, fs::path>; // by file name

/// Adds what no stronger directory has by the same name.
Result<void> find_drop_ins(const fs::path &directory, DropIns &found)
{
    std::error_code code;
    fs::directory_iterator entries(directory, code);
    for (; !code && entries != fs::directory_iterator(); entries.increment(code))
        if (const fs::path &path = entries->path(); path.extension() == ".toml")
            found.emplace(path.filename(), path);
    if (code && !is_missing(code))
        return std::unexpected(Error{.code = code, .context = "list " + directory.string()});
    return {};
}

Result<void> append_drop_ins(std::span<const std::string> directories,
                             std::vector<ConfigFile> &files)
{
    DropIns found;
    for (const std::string &directory : directories)
        if (auto listed = find_drop_ins(fs::path(directory) / "mitosis.toml.d", found); !listed)
            return listed;
    for (const fs::path &path : found | std::views::values) {
        auto file = read_if_present(path);
        if (!file)
            return std::unexpected(std::move(file).error());
        if (*file && !is_masked(path))
            files.push_back(**std::move(file));
    }
    return {};
}

} // namespace

std::vector<std::string> config_directories()
{
    return {"/etc/scx-mitosis", "/run/scx-mitosis", "/usr/local/lib/scx-mitosis",
            "/usr/lib/scx-mitosis"};
}

Result<std::vector<ConfigFile>> read_config_files(std::span<const std::string> directories)
{
    std::vector<ConfigFile> files;
    auto main_file = read_main_file(directories);
    if (!main_file)
        return std::unexpected(std::move(main_file).error());
    if (*main_file && !is_masked((*main_file)->path))
        files.push_back(**std::move(main_file));
    if (auto appended = append_drop_ins(directories, files); !appended)
        return std::unexpected(std::move(appended).error());
    return files;
}

Result<std::vector<ConfigFile>> read_named_config_files(std::span<const std::string> paths)
{
    std::vector<ConfigFile> files;
    for (const std::string &path : paths) {
        auto text = read_file(path);
        if (!text)
            return std::unexpected(std::move(text).error());
        files.push_back({.path = path, .text = *std::move(text)});
    }
    return files;
}

} // namespace mitosis::sys
