// SPDX-License-Identifier: GPL-2.0-only
// What one look at the parent cgroup found.
#pragma once

#include "core/cpu_set.hpp"
#include "core/ids.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mitosis {

struct CgroupEntry {
    CgroupId id;
    std::string path;             // relative to the cgroup root: "/work.slice/web.service"
    std::optional<CpuSet> cpuset; // requested cpuset.cpus; none when empty or no cpuset controller
    friend bool operator==(const CgroupEntry &, const CgroupEntry &) = default;
};

struct CgroupScan {
    bool parent_present = false;       // false: the parent does not exist (or none is configured)
    std::vector<CgroupEntry> children; // sorted by path; every id once
    friend bool operator==(const CgroupScan &, const CgroupScan &) = default;
};

} // namespace mitosis
