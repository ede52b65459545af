// SPDX-License-Identifier: GPL-2.0-only
// The CPUs that the kernel may ever have.
#pragma once

#include "core/cpu_set.hpp"
#include "core/error.hpp"

namespace mitosis::sched {

/// The CPUs that can ever be in this machine, from sysfs.
[[nodiscard]] Result<CpuSet> read_possible_cpus();

} // namespace mitosis::sched
