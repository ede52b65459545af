// SPDX-License-Identifier: GPL-2.0-only
// A walk over all cgroups. Those that vanish meanwhile, or are closed to us, are left out with all
// that is below them.
#pragma once

#include "core/error.hpp"

#include <functional>
#include <string>

namespace mitosis::sys {

enum class Descend { no, yes };

/// What to do at a cgroup, open for openat(2) only, and whether to go on below it.
using Visit = std::function<Result<Descend>(int cgroup, const std::string &path)>;

/// Visits every cgroup below `root`, a mounted cgroup2 file system, but not the root itself; a
/// parent before its children. The first error ends the walk.
[[nodiscard]] Result<void> walk_cgroups(const std::string &root, const Visit &visit);

} // namespace mitosis::sys
