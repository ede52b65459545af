// SPDX-License-Identifier: GPL-2.0-only
// The one written form of a cgroup: its path below the cgroup root, "/work.slice".
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace mitosis::config {

/// Accepts a path with or without the leading slash or the mount point /sys/fs/cgroup, and drops
/// repeated and trailing slashes; "/" is the root itself. The error says in words what is wrong:
/// empty text, a "." or ".." component, a control character, a component over 255 bytes.
[[nodiscard]] std::expected<std::string, std::string> normalise_cgroup_path(std::string_view text);

/// The same for the name of one cgroup directory: additionally no slash.
[[nodiscard]] std::expected<void, std::string> check_cgroup_name(std::string_view name);

} // namespace mitosis::config
