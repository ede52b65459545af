// SPDX-License-Identifier: GPL-2.0-only
// CgroupTree: the children of one cgroup as the file system shows them now. A child's id is the
// inode number of its directory. What vanishes while it is looked at is left out, and so is a child
// whose owner has closed its directory to us: its tasks stay in the root cell.
#pragma once

#include "core/cgroup_scan.hpp"
#include "core/error.hpp"
#include "engine/ports.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mitosis::sys {

inline constexpr const char *cgroup_root = "/sys/fs/cgroup";

class CgroupTree : public engine::CgroupPort {
public:
    /// `root` is where the cgroup2 file system is mounted; `parent` a normalised path below it
    /// ("/work.slice"), or nothing: then a scan finds no parent. `exclude` holds the sorted names
    /// of children that are left out.
    CgroupTree(std::string root, std::optional<std::string> parent,
               std::vector<std::string> exclude);

    [[nodiscard]] Result<CgroupScan> scan() override;

    /// From the next scan on.
    void look_at(std::optional<std::string> parent, std::vector<std::string> exclude);

private:
    std::string root_;
    std::optional<std::string> parent_;
    std::vector<std::string> exclude_;
};

} // namespace mitosis::sys
