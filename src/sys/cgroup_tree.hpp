// SPDX-License-Identifier: GPL-2.0-only
// CgroupTree: the cgroups that make cells as the file system shows them now: the children of one
// cgroup, or where none is configured those with a cpuset, see cpuset_cells.hpp. A cgroup's id is
// the inode number of its directory. What vanishes while it is looked at is left out, and so is a
// child whose owner has closed its directory to us: its tasks stay in the root cell.
#pragma once

#include "core/cgroup_scan.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "engine/ports.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mitosis::sys {

inline constexpr const char *cgroup_root = "/sys/fs/cgroup";

class CgroupTree : public engine::CgroupPort {
public:
    using ReadOnline = std::function<Result<CpuSet>()>;

    /// `root` is where the cgroup2 file system is mounted; `parent` a normalised path below it
    /// ("/work.slice"), or nothing: then it looks for cpusets. `exclude` holds patterns of the
    /// names of children that are left out.
    CgroupTree(std::string root, ReadOnline read_online, std::optional<std::string> parent,
               std::vector<std::string> exclude);

    /// Quotas are looked for by the first scan and every tenth one after it.
    [[nodiscard]] Result<CgroupScan> scan() override;

    /// From the next scan on.
    void look_at(std::optional<std::string> parent, std::vector<std::string> exclude);

private:
    [[nodiscard]] Result<CgroupScan> find_cells(const CpuSet &online) const;

    std::string root_;
    ReadOnline read_online_;
    std::optional<std::string> parent_;
    std::vector<std::string> exclude_;
    unsigned scans_ = 0;
};

} // namespace mitosis::sys
