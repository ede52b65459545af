// SPDX-License-Identifier: GPL-2.0-only
#include "sys/cgroup_directory.hpp"

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
#include <charconv>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

/// cpu.weight, which is 100 where there is no controller and reads 0 where cpu.idle is set.
Result<std::uint32_t> read_weight(int cgroup)
{
    constexpr std::uint32_t usual = 100;
    const auto text = read_file_at(cgroup, "cpu.weight");
    if (!text && is(text.error(), std::errc::no_such_file_or_directory))
        return usual;
    if (!text)
        return std::unexpected(text.error());
    std::uint32_t weight = 0;
    const char *const end = text->data() + text->size();
    if (std::from_chars(text->data(), end, weight).ec != std::errc{})
        return fail(EINVAL, "cpu.weight: \"" + *text + "\"");
    return std::max(weight, 1U);
}

/// Where the kernel does not say it, there may be a task.
Result<bool> read_populated(int cgroup)
{
    const auto text = read_file_at(cgroup, "cgroup.events");
    if (!text && is(text.error(), std::errc::no_such_file_or_directory))
        return true;
    return text.transform(
        [](const std::string &events) { return !events.contains("populated 0"); });
}

/// What the kernel grants: less than the cgroup's own cpuset where an ancestor or a partition
/// limits it. None where it has no cpuset and may use all that are online.
Result<std::optional<CpuSet>> read_granted(int cgroup, const CpuSet &online)
{
    auto own = read_cpus(cgroup, "cpuset.cpus");
    if (!own)
        return own;
    auto effective = read_cpus(cgroup, "cpuset.cpus.effective");
    if (!effective || !*effective)
        return effective ? own : effective;
    return *own || !covers(**effective, online) ? effective : own;
}

/// A file that is missing means that its controller is off, or that the cgroup is gone: its
/// directory then no more stands, or another one does, where it did.
bool stands_at(int cgroup, const struct stat &opened, std::string_view path)
{
    struct stat found{};
    const std::string name = "../" + std::string(path.substr(path.rfind('/') + 1));
    return ::fstatat(cgroup, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 &&
           found.st_ino == opened.st_ino;
}

} // namespace

/// cgroupfs answers ENODEV on an open file of a cgroup that was removed.
bool has_vanished(const Error &error)
{
    return is(error, std::errc::no_such_file_or_directory) ||
           is(error, std::errc::no_such_device) || is(error, std::errc::not_a_directory);
}

bool is_out_of_reach(const Error &error)
{
    return has_vanished(error) || is(error, std::errc::permission_denied);
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

std::string child_path(std::string_view parent, std::string_view name)
{
    std::string path(parent == "/" ? "" : parent);
    return path.append("/").append(name);
}

Result<std::optional<UniqueFd>> open_child(int parent, const std::string &name)
{
    auto child = open_at(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (child)
        return *std::move(child);
    if (is_out_of_reach(child.error()))
        return std::nullopt;
    return std::unexpected(std::move(child).error());
}

Result<std::optional<CpuSet>> read_cpus(int cgroup, const std::string &file)
{
    auto text = read_file_at(cgroup, file);
    if (!text && is(text.error(), std::errc::no_such_file_or_directory))
        return std::nullopt;
    if (!text)
        return std::unexpected(std::move(text).error());
    auto cpus = parse_cpu_list(*text);
    if (!cpus)
        return with_context(std::move(cpus).error(), file);
    return cpus->empty() ? std::nullopt : std::optional(*cpus);
}

bool covers(const CpuSet &cpus, const CpuSet &online)
{
    return (online - cpus).empty();
}

Result<std::optional<CgroupEntry>> read_entry(int cgroup, std::string path, const CpuSet &online)
{
    struct stat status{};
    if (::fstat(cgroup, &status) != 0)
        return fail(errno, "stat " + path);
    auto cpuset = read_granted(cgroup, online);
    const auto weight = read_weight(cgroup);
    const auto populated = read_populated(cgroup);
    if (!stands_at(cgroup, status, path))
        return std::nullopt;
    if (cpuset && weight && populated)
        return CgroupEntry{.id = CgroupId{status.st_ino},
                           .path = std::move(path),
                           .cpuset = *std::move(cpuset),
                           .weight = *weight,
                           .populated = *populated};
    const Error &error = !cpuset ? cpuset.error() : !weight ? weight.error() : populated.error();
    if (is_out_of_reach(error))
        return std::nullopt;
    return with_context(error, path);
}

} // namespace mitosis::sys
