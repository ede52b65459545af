// SPDX-License-Identifier: GPL-2.0-only
// verify: does the machine look as the service says?
#pragma once

#include "core/cpu_set.hpp"
#include "ctl/finding.hpp"
#include "ctl/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mitosis::ctl {

/// One that shall be a cell.
struct CellCgroup {
    std::string path;                // below the cgroup root
    std::uint64_t id = 0;            // inode of its directory
    std::optional<CpuSet> effective; // cpuset.cpus.effective; none without the controller
};

/// What the kernel shows to anybody.
struct KernelView {
    std::string state;    // of sched_ext
    std::string attached; // name of the scheduler
    CpuSet online;
    std::vector<CellCgroup> cgroups; // the children of the parent, else those with a cpuset
};

/// Without a parent (""), a cgroup wherever it stands whose own cpuset does not cover the online
/// CPUs shall be a cell. `root` is where the file system begins; only a test has another one.
[[nodiscard]] KernelView read_kernel_view(const std::string &parent_cgroup,
                                          const std::string &root = "");

/// One finding per check; a problem is a drift between kernel and service. Pure.
[[nodiscard]] std::vector<Finding> verify(const ServiceSnapshot &service,
                                          std::span<const CellSnapshot> cells,
                                          const KernelView &kernel);

} // namespace mitosis::ctl
