// SPDX-License-Identifier: GPL-2.0-only
#include "sys/cgroup_tree.hpp"

#include "core/cgroup_scan.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "sys/file.hpp"
#include "sys/unique_fd.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace mitosis::sys {
namespace {

struct CloseDir {
    void operator()(DIR *directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDir>;

bool is(const Error &error, std::errc code)
{
    return error.code == code;
}

/// cgroupfs answers ENODEV on an open file of a cgroup that was removed.
bool has_vanished(const Error &error)
{
    return is(error, std::errc::no_such_file_or_directory) ||
           is(error, std::errc::no_such_device) || is(error, std::errc::not_a_directory);
}

bool is_closed_to_us(const Error &error)
{
    return is(error, std::errc::permission_denied);
}

Result<std::vector<std::string>> list_directories(int fd, const std::string &path)
{
    auto again = open_at(fd, ".", O_RDONLY | O_DIRECTORY);
    if (!again)
        return std::unexpected(std::move(again).error());
    const Directory directory(::fdopendir(again->release()));
    if (!directory)
        return fail(errno, "list " + path);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent *entry = ::readdir(directory.get())) {
        const std::string name = static_cast<const char *>(entry->d_name);
        if (entry->d_type == DT_DIR && name != "." && name != "..")
            names.push_back(name);
    }
    if (errno != 0)
        return fail(errno, "list " + path);
    return names;
}

/// The requested CPUs; none when the list is empty or there is no cpuset controller.
Result<std::optional<CpuSet>> read_cpuset(int child)
{
    auto text = read_file_at(child, "cpuset.cpus");
    if (!text && is(text.error(), std::errc::no_such_file_or_directory))
        return std::nullopt;
    if (!text)
        return std::unexpected(std::move(text).error());
    auto cpus = parse_cpu_list(*text);
    if (!cpus)
        return with_context(std::move(cpus).error(), "cpuset.cpus");
    return cpus->empty() ? std::nullopt : std::optional(*cpus);
}

Result<CgroupEntry> read_child(int parent, const std::string &name)
{
    auto child = open_at(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (!child)
        return std::unexpected(std::move(child).error());
    struct stat status{};
    if (::fstat(child->get(), &status) != 0)
        return fail(errno, "stat " + name);
    auto cpuset = read_cpuset(child->get());
    if (!cpuset)
        return with_context(std::move(cpuset).error(), name);
    return CgroupEntry{.id = CgroupId{status.st_ino}, .path = name, .cpuset = *std::move(cpuset)};
}

/// Nothing for a child that vanished or is closed to us.
Result<std::optional<CgroupEntry>> look_at_child(int parent, const std::string &name)
{
    auto child = read_child(parent, name);
    if (child)
        return *std::move(child);
    if (has_vanished(child.error()) || is_closed_to_us(child.error()))
        return std::nullopt;
    return std::unexpected(std::move(child).error());
}

Result<CgroupScan> scan_children(int parent, const std::string &path,
                                 std::span<const std::string> exclude)
{
    auto names = list_directories(parent, path);
    if (!names)
        return std::unexpected(std::move(names).error());
    CgroupScan scan{.parent_present = true, .children = {}};
    for (const std::string &name : *names) {
        if (std::ranges::binary_search(exclude, name))
            continue;
        auto child = look_at_child(parent, name);
        if (!child)
            return with_context(std::move(child).error(), path);
        if (!*child)
            continue;
        (*child)->path = (path == "/" ? "" : path) + "/" + name;
        scan.children.push_back(**std::move(child));
    }
    std::ranges::sort(scan.children, {}, &CgroupEntry::path);
    return scan;
}

} // namespace

CgroupTree::CgroupTree(std::string root, std::optional<std::string> parent,
                       std::vector<std::string> exclude)
    : root_(std::move(root)), parent_(std::move(parent)), exclude_(std::move(exclude))
{
}

void CgroupTree::look_at(std::optional<std::string> parent, std::vector<std::string> exclude)
{
    parent_ = std::move(parent);
    exclude_ = std::move(exclude);
}

Result<CgroupScan> CgroupTree::scan()
{
    if (!parent_)
        return CgroupScan{};
    auto parent = open_at(AT_FDCWD, root_ + *parent_, O_PATH | O_DIRECTORY);
    if (!parent && has_vanished(parent.error()))
        return CgroupScan{};
    if (!parent)
        return std::unexpected(std::move(parent).error());
    auto scan = scan_children(parent->get(), *parent_, exclude_);
    if (!scan && has_vanished(scan.error()))
        return CgroupScan{};
    return scan;
}

} // namespace mitosis::sys
