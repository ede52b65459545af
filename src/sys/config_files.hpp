// SPDX-License-Identifier: GPL-2.0-only
// Finds and reads the configuration files by systemd's precedence: of the main file the first that
// is found counts; drop-ins are merged by file name over all directories, the stronger directory's
// file of a name hides the others, and a link to /dev/null hides it altogether.
#pragma once

#include "core/error.hpp"

#include <span>
#include <string>
#include <vector>

namespace mitosis::sys {

struct ConfigFile {
    std::string path;
    std::string text;
    friend bool operator==(const ConfigFile &, const ConfigFile &) = default;
};

/// Strongest first: /etc, /run, /usr/local/lib, /usr/lib, each with /scx-mitosis.
[[nodiscard]] std::vector<std::string> config_directories();

/// In the order in which they are to be laid over each other: the main file `mitosis.toml`, then
/// the drop-ins `mitosis.toml.d/*.toml` by name. A missing file is no error; an unreadable one is.
[[nodiscard]] Result<std::vector<ConfigFile>>
read_config_files(std::span<const std::string> directories);

/// Exactly these; a missing one is an error.
[[nodiscard]] Result<std::vector<ConfigFile>>
read_named_config_files(std::span<const std::string> paths);

} // namespace mitosis::sys
