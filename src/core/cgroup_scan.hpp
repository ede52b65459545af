// SPDX-License-Identifier: GPL-2.0-only
// What one look at the cgroups found.
#pragma once

#include "core/cpu_set.hpp"
#include "core/ids.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mitosis {

struct CgroupEntry {
    CgroupId id;
    std::string path;             // relative to the cgroup root: "/work.slice/web.service"
    std::optional<CpuSet> cpuset; // what its tasks may use; none: no limit of its own
    std::uint32_t weight = 100;   // cpu.weight, 1 to 10000
    bool populated = true;        // it or a cgroup below it has a task, or may have
    friend bool operator==(const CgroupEntry &, const CgroupEntry &) = default;
};

/// A limit in the cpu.max of a cgroup.
struct CpuQuota {
    std::string path;
    std::chrono::microseconds quota;
    std::chrono::microseconds period;
    friend bool operator==(const CpuQuota &, const CpuQuota &) = default;
};

struct CgroupScan {
    bool parent_present = false;                   // false: the configured parent does not exist
    std::vector<CgroupEntry> children{};           // that make cells; sorted by path; every id once
    std::optional<std::vector<CpuQuota>> quotas{}; // of all cgroups, by path; none: not looked for
    std::optional<CpuSet>
        root_cpuset{}; // what partitions leave the root; none: all that are online
    friend bool operator==(const CgroupScan &, const CgroupScan &) = default;
};

} // namespace mitosis
