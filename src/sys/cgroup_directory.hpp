// SPDX-License-Identifier: GPL-2.0-only
// Reading one cgroup's directory. What vanishes while it is looked at, or is closed to us by its
// owner, is nothing, not an error.
#pragma once

#include "core/cgroup_scan.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "sys/unique_fd.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::sys {

/// The error only says that the cgroup is not there any more, or never was.
[[nodiscard]] bool has_vanished(const Error &error);

/// It has vanished, or its owner has closed it to us.
[[nodiscard]] bool is_out_of_reach(const Error &error);

/// Names of the directories in an open directory. `path` is for the context.
[[nodiscard]] Result<std::vector<std::string>> list_directories(int fd, const std::string &path);

/// The path of a child: "/" + "a" is "/a".
[[nodiscard]] std::string child_path(std::string_view parent, std::string_view name);

/// Opened for use with openat(2) only.
[[nodiscard]] Result<std::optional<UniqueFd>> open_child(int parent, const std::string &name);

/// The list in a file of the cgroup; none when it is empty or there is no such file.
[[nodiscard]] Result<std::optional<CpuSet>> read_cpus(int cgroup, const std::string &file);

/// No online CPU is missing.
[[nodiscard]] bool covers(const CpuSet &cpus, const CpuSet &online);

/// The cgroup at `path`: its id, weight, whether it has tasks, and as its cpuset what the kernel
/// grants it: the effective one, or none where it has no cpuset of its own and no ancestor limits
/// it.
[[nodiscard]] Result<std::optional<CgroupEntry>> read_entry(int cgroup, std::string path,
                                                            const CpuSet &online);

} // namespace mitosis::sys
