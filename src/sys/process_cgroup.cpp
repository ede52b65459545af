// SPDX-License-Identifier: GPL-2.0-only
#include "sys/process_cgroup.hpp"

#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/refusal.hpp"

#include <sys/ioctl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace mitosis::sys {

namespace {

/// struct pidfd_info of linux/pidfd.h in its first version, which older headers do not have.
struct PidfdInfo {
    std::uint64_t mask;
    std::uint64_t cgroup_id;
    std::array<std::uint32_t, 12> others;
};
static_assert(sizeof(PidfdInfo) == 64);

constexpr std::uint64_t pidfd_info_cgroup_id = 1U << 2U;
constexpr auto pidfd_get_info = _IOWR(0xFF, 11, PidfdInfo);

constexpr std::size_t most_directories = 65'536;

bool is_directory_of(const std::string &path, CgroupId cgroup)
{
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 && status.st_ino == std::to_underlying(cgroup);
}

} // namespace

Result<CgroupId> read_cgroup_of(int pidfd)
{
    PidfdInfo wanted{.mask = pidfd_info_cgroup_id, .cgroup_id = 0, .others = {}};
    const bool told = ::ioctl(pidfd, pidfd_get_info, &wanted) == 0;
    if (!told && errno != ESRCH)
        return fail(errno, "ask for the cgroup of a process");
    if (!told || (wanted.mask & pidfd_info_cgroup_id) == 0 || wanted.cgroup_id == 0)
        return refuse(Refusal::no_such_process, "the process has ended");
    return CgroupId{wanted.cgroup_id};
}

Result<bool> holds_cgroup(const std::string &path, CgroupId cgroup)
{
    namespace fs = std::filesystem;
    if (is_directory_of(path, cgroup))
        return true;
    std::error_code error;
    std::size_t seen = 0;
    fs::recursive_directory_iterator entry(path, fs::directory_options::skip_permission_denied,
                                           error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        if (!entry->is_directory(error))
            continue;
        if (is_directory_of(entry->path().string(), cgroup))
            return true;
        if (++seen == most_directories)
            return fail(E2BIG, "look for a cgroup in " + path);
    }
    return false; // also when it went away meanwhile
}

} // namespace mitosis::sys
