// SPDX-License-Identifier: GPL-2.0-only
// Which cgroups have a limit in cpu.max.
#pragma once

#include "core/cgroup_scan.hpp"
#include "core/error.hpp"

#include <string>
#include <vector>

namespace mitosis::sys {

/// All below `root`, a mounted cgroup2 file system, sorted by path.
[[nodiscard]] Result<std::vector<CpuQuota>> find_cpu_quotas(const std::string &root);

} // namespace mitosis::sys
