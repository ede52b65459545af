// SPDX-License-Identifier: GPL-2.0-only
// Which cgroup a process is in, by the process's pidfd alone: nothing is read of /proc, where an
// unprivileged service may not see other users' processes.
#pragma once

#include "core/error.hpp"
#include "core/ids.hpp"

#include <string>

namespace mitosis::sys {

/// ENOTTY on kernels that do not tell it, and for what is no pidfd; Refusal::no_such_process for a
/// process that has ended.
[[nodiscard]] Result<CgroupId> read_cgroup_of(int pidfd);

/// Whether the cgroup is the one with the directory `path`, or below it. A directory that is gone
/// holds nothing. E2BIG when there are too many to look at (more than 65536).
[[nodiscard]] Result<bool> holds_cgroup(const std::string &path, CgroupId cgroup);

} // namespace mitosis::sys
