// SPDX-License-Identifier: GPL-2.0-only
// Cells without a parent cgroup: every cgroup that has a cpuset.cpus of its own which does not
// cover all online CPUs is one, wherever it stands. What comes of it:
//   nested       an inner cgroup with a cpuset of its own is a cell of its own; the tasks of the
//                outer one that are not in it stay in the outer cell
//   limits       a cell's cpuset is what the kernel lets it have (cpuset.cpus.effective), which
//                lies in that of its ancestors and leaves out partitions below it
//   overlapping  cpusets of several cells may share CPUs; each CPU still has one owner
#pragma once

#include "core/cgroup_scan.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"

#include <string>

namespace mitosis::sys {

/// Looks at all cgroups below `root`, a mounted cgroup2 file system, where cpusets can be. The scan
/// says that there is a parent, which stands for the root.
[[nodiscard]] Result<CgroupScan> scan_cpusets(const std::string &root, const CpuSet &online);

} // namespace mitosis::sys
