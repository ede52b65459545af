// SPDX-License-Identifier: GPL-2.0-only
// The kernel's list format for CPUs ("0-3,8"), as in cpuset.cpus and
// /sys/devices/system/cpu/online.
#pragma once

#include "core/cpu_set.hpp"
#include "core/error.hpp"

#include <string>
#include <string_view>

namespace mitosis {

/// Groups `A` or `A-B` separated by commas, white space around each and a final newline allowed;
/// empty text is the empty set. EINVAL for anything else (also B < A), ERANGE for a CPU >=
/// max_cpus; the context quotes the offending group.
[[nodiscard]] Result<CpuSet> parse_cpu_list(std::string_view text);

/// The shortest list in ascending order, "" for the empty set: "0-3,8".
[[nodiscard]] std::string to_cpu_list(const CpuSet &cpus);

} // namespace mitosis
