// SPDX-License-Identifier: GPL-2.0-only
#include "sys/cpuset_cells.hpp"

#include "core/cgroup_scan.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "sys/cgroup_directory.hpp"
#include "sys/cgroup_walk.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <expected>
#include <optional>
#include <string>
#include <utility>

namespace mitosis::sys {
namespace {

/// The cell that this cgroup makes, if it makes one.
Result<std::optional<CgroupEntry>> find_cell(int cgroup, const std::string &path,
                                             const CpuSet &online)
{
    const auto own = read_cpus(cgroup, "cpuset.cpus");
    if (!own)
        return with_context(own.error(), path);
    if (!*own || covers(**own, online))
        return std::nullopt;
    auto entry = read_entry(cgroup, path, online);
    if (entry && *entry && (!(*entry)->cpuset || covers(*(*entry)->cpuset, online)))
        return std::nullopt;
    return entry;
}

/// Where the file is missing the controller is off, and then it is for everything below, too.
bool can_have_cpusets(int cgroup)
{
    return open_at(cgroup, "cpuset.cpus", O_PATH).has_value();
}

} // namespace

Result<CgroupScan> scan_cpusets(const std::string &root, const CpuSet &online)
{
    CgroupScan scan{.parent_present = true};
    const auto look = [&](int cgroup, const std::string &path) -> Result<Descend> {
        if (!can_have_cpusets(cgroup))
            return Descend::no;
        return find_cell(cgroup, path, online).transform([&](auto cell) {
            if (cell)
                scan.children.push_back(*std::move(cell));
            return Descend::yes;
        });
    };
    if (auto walked = walk_cgroups(root, look); !walked)
        return std::unexpected(std::move(walked).error());
    std::ranges::sort(scan.children, {}, &CgroupEntry::path);
    return scan;
}

} // namespace mitosis::sys
