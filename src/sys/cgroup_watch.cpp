// SPDX-License-Identifier: GPL-2.0-only
#include "sys/cgroup_watch.hpp"

#include "core/error.hpp"
#include "sys/unique_fd.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::sys {
namespace {

constexpr std::uint32_t coming_and_going =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;

std::vector<std::string> components_of(std::string_view path)
{
    std::vector<std::string> names;
    for (const auto part : std::views::split(path, '/'))
        if (!part.empty())
            names.emplace_back(std::string_view(part));
    return names;
}

} // namespace

CgroupWatch::CgroupWatch(UniqueFd inotify, std::string root, std::optional<std::string> parent)
    : inotify_(std::move(inotify)), root_(std::move(root)), parent_(std::move(parent))
{
}

Result<CgroupWatch> CgroupWatch::open(std::string root, std::optional<std::string> parent)
{
    UniqueFd inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!inotify)
        return fail(errno, "inotify");
    CgroupWatch watch(std::move(inotify), std::move(root), std::move(parent));
    if (auto armed = watch.arm(); !armed)
        return std::unexpected(std::move(armed).error());
    return watch;
}

Result<void> CgroupWatch::set_parent(std::optional<std::string> parent)
{
    parent_ = std::move(parent);
    return arm();
}

Result<bool> CgroupWatch::drain()
{
    alignas(inotify_event) std::array<char, 4096> buffer{};
    bool concerned = false;
    for (;;) {
        const auto got = ::read(inotify_.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            break;
        if (got < 0)
            return fail(errno, "read inotify");
        concerned |= concerns_us(std::span(buffer).first(static_cast<std::size_t>(got)));
    }
    if (!concerned)
        return false;
    if (auto armed = arm(); !armed)
        return std::unexpected(std::move(armed).error());
    return true;
}

/// From the root down: whatever appears below a level while the next one is added is queued there.
Result<void> CgroupWatch::arm()
{
    std::vector<Level> levels;
    std::vector<std::string> names = components_of(parent_.value_or(""));
    names.emplace_back(); // the parent itself
    std::string path = root_;
    for (const std::string &name : names) {
        if (!parent_)
            break;
        const auto exists = add_level(path, name, levels);
        if (!exists)
            return std::unexpected(exists.error());
        if (!*exists)
            break;
        path += "/" + name;
    }
    forget_all_but(levels);
    levels_ = std::move(levels);
    return {};
}

Result<bool> CgroupWatch::add_level(const std::string &path, const std::string &next,
                                    std::vector<Level> &levels) const
{
    const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), coming_and_going);
    if (watch < 0 && (errno == ENOENT || errno == ENOTDIR))
        return false;
    if (watch < 0)
        return fail(errno, "watch " + path);
    levels.push_back({.watch = watch, .next = next});
    return true;
}

void CgroupWatch::forget_all_but(const std::vector<Level> &levels)
{
    for (const Level &old : levels_)
        if (!std::ranges::contains(levels, old.watch, &Level::watch))
            // Fails where the directory, and with it the watch, is gone already.
            (void)::inotify_rm_watch(inotify_.get(), old.watch);
}

bool CgroupWatch::concerns_us(std::span<const char> events) const
{
    while (events.size() >= sizeof(inotify_event)) {
        inotify_event event{};
        std::memcpy(&event, events.data(), sizeof event);
        if ((event.mask & IN_Q_OVERFLOW) != 0)
            return true;
        // The kernel pads the name with zeros.
        const std::string_view name =
            event.len == 0 ? std::string_view() : events.data() + sizeof event;
        const auto level = std::ranges::find(levels_, event.wd, &Level::watch);
        if (level != levels_.end() && (event.mask & IN_ISDIR) != 0 &&
            (level->next.empty() || level->next == name))
            return true;
        events = events.subspan(sizeof event + event.len);
    }
    return false;
}

} // namespace mitosis::sys
