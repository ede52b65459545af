// SPDX-License-Identifier: GPL-2.0-only
// Reading small files, such as those of sysfs and cgroupfs, whole.
#pragma once

#include "core/error.hpp"
#include "sys/unique_fd.hpp"

#include <string>

namespace mitosis::sys {

/// openat(2) with close-on-exec; `directory` may be AT_FDCWD. The context names the file.
[[nodiscard]] Result<UniqueFd> open_at(int directory, const std::string &name, int flags);

/// Everything from the current position on. `name` is for the context only.
[[nodiscard]] Result<std::string> read_all(int fd, const std::string &name);

[[nodiscard]] Result<std::string> read_file_at(int directory, const std::string &name);
[[nodiscard]] Result<std::string> read_file(const std::string &path);

} // namespace mitosis::sys
