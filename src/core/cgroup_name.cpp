// SPDX-License-Identifier: GPL-2.0-only
#include "core/cgroup_name.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <span>
#include <string>

namespace mitosis {

bool matches_name(const std::string &pattern, const std::string &name)
{
    // A backslash stands for itself: systemd writes them into names.
    return pattern == name || ::fnmatch(pattern.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
}

bool matches_any_name(std::span<const std::string> patterns, const std::string &name)
{
    return std::ranges::any_of(
        patterns, [&name](const std::string &pattern) { return matches_name(pattern, name); });
}

} // namespace mitosis
