// SPDX-License-Identifier: GPL-2.0-only
// CgroupWatch: an inotify descriptor that becomes readable when the children of a cgroup may have
// changed. It says "something changed", never what. The way down to the parent is watched too, so a
// parent that is made later, or removed and made again, is followed.
#pragma once

#include "core/error.hpp"
#include "sys/unique_fd.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mitosis::sys {

class CgroupWatch {
public:
    /// As for CgroupTree. Whoever scans after this, and after each drain() that says yes, misses
    /// nothing.
    [[nodiscard]] static Result<CgroupWatch> open(std::string root,
                                                  std::optional<std::string> parent);

    [[nodiscard]] int fd() const { return inotify_.get(); }

    /// Takes what is queued; true if the parent or its children may have changed.
    [[nodiscard]] Result<bool> drain();

    /// Watches another parent from now on.
    [[nodiscard]] Result<void> set_parent(std::optional<std::string> parent);

private:
    /// One watched directory on the way to the parent.
    struct Level {
        int watch;
        std::string next; // the only name that matters in it; empty in the parent: every name
    };

    CgroupWatch(UniqueFd inotify, std::string root, std::optional<std::string> parent);
    [[nodiscard]] Result<void> arm();
    [[nodiscard]] Result<bool> add_level(const std::string &path, const std::string &next,
                                         std::vector<Level> &levels) const;
    void forget_all_but(const std::vector<Level> &levels);
    [[nodiscard]] bool concerns_us(std::span<const char> events) const;

    UniqueFd inotify_;
    std::string root_;
    std::optional<std::string> parent_;
    std::vector<Level> levels_; // from the root down
};

} // namespace mitosis::sys
