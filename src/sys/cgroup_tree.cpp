// SPDX-License-Identifier: GPL-2.0-only
#include "sys/cgroup_tree.hpp"

#include "core/cgroup_name.hpp"
#include "core/cgroup_scan.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "sys/cgroup_directory.hpp"
#include "sys/cpu_quotas.hpp"
#include "sys/cpuset_cells.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::sys {
namespace {

/// A look at all cgroups costs more than one at those that make cells.
constexpr unsigned scans_per_quota = 10;

/// Nothing for a child that vanished or is closed to us.
Result<std::optional<CgroupEntry>> look_at_child(int parent, const std::string &name,
                                                 std::string path, const CpuSet &online)
{
    auto child = open_child(parent, name);
    if (!child)
        return std::unexpected(std::move(child).error());
    if (!*child)
        return std::nullopt;
    return read_entry((*child)->get(), std::move(path), online);
}

Result<CgroupScan> scan_children(int parent, const std::string &path,
                                 std::span<const std::string> exclude, const CpuSet &online)
{
    auto names = list_directories(parent, path);
    if (!names)
        return std::unexpected(std::move(names).error());
    CgroupScan scan{.parent_present = true};
    for (const std::string &name : *names) {
        if (matches_any_name(exclude, name))
            continue;
        auto child = look_at_child(parent, name, child_path(path, name), online);
        if (!child)
            return std::unexpected(std::move(child).error());
        if (*child)
            scan.children.push_back(**std::move(child));
    }
    std::ranges::sort(scan.children, {}, &CgroupEntry::path);
    return scan;
}

/// The root has no cpuset.cpus; partitions below it take CPUs out of its effective ones.
Result<std::optional<CpuSet>> read_root_cpuset(const std::string &path, const CpuSet &online)
{
    auto root = open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY);
    if (!root)
        return std::unexpected(std::move(root).error());
    auto effective = read_cpus(root->get(), "cpuset.cpus.effective");
    return effective && *effective && covers(**effective, online) ? std::nullopt : effective;
}

} // namespace

CgroupTree::CgroupTree(std::string root, ReadOnline read_online, std::optional<std::string> parent,
                       std::vector<std::string> exclude)
    : root_(std::move(root)), read_online_(std::move(read_online)), parent_(std::move(parent)),
      exclude_(std::move(exclude))
{
}

void CgroupTree::look_at(std::optional<std::string> parent, std::vector<std::string> exclude)
{
    parent_ = std::move(parent);
    exclude_ = std::move(exclude);
}

Result<CgroupScan> CgroupTree::scan()
{
    const auto online = read_online_();
    if (!online)
        return std::unexpected(online.error());
    auto scan = find_cells(*online);
    if (!scan)
        return scan;
    auto root = read_root_cpuset(root_, *online);
    if (!root)
        return std::unexpected(std::move(root).error());
    scan->root_cpuset = *std::move(root);
    if (scans_++ % scans_per_quota != 0)
        return scan;
    auto quotas = find_cpu_quotas(root_);
    if (!quotas)
        return std::unexpected(std::move(quotas).error());
    scan->quotas = *std::move(quotas);
    return scan;
}

Result<CgroupScan> CgroupTree::find_cells(const CpuSet &online) const
{
    if (!parent_)
        return scan_cpusets(root_, online);
    auto parent = open_at(AT_FDCWD, root_ + *parent_, O_PATH | O_DIRECTORY);
    if (!parent && has_vanished(parent.error()))
        return CgroupScan{};
    if (!parent)
        return std::unexpected(std::move(parent).error());
    auto scan = scan_children(parent->get(), *parent_, exclude_, online);
    if (!scan && has_vanished(scan.error()))
        return CgroupScan{};
    return scan;
}

} // namespace mitosis::sys
