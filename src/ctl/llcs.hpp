// SPDX-License-Identifier: GPL-2.0-only
// Which CPUs share a last-level cache, as the kernel shows it.
#pragma once

#include "ctl/snapshot.hpp"

#include <string>
#include <vector>

namespace mitosis::ctl {

/// The given CPUs in groups that share their last cache, each ascending, the groups by their first
/// CPU. What the kernel says nothing of is one group. `root` is where the file system begins.
[[nodiscard]] std::vector<Cpus> group_by_llc(const Cpus &cpus, const std::string &root = "");

} // namespace mitosis::ctl
