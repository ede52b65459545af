// SPDX-License-Identifier: GPL-2.0-only
// What the kernel itself says about sched_ext, from /sys/kernel/sched_ext.
#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <string>

namespace mitosis::sys {

inline constexpr const char *sched_ext_root = "/sys/kernel/sched_ext";

struct SchedExtState {
    std::string state; // "enabled", "enabling", "disabling", "disabled"
    std::string ops;   // name of the attached scheduler, "" without one
    std::uint64_t enable_seq = 0;
    bool switch_all = false; // true: every fair task is scheduled by it
    friend bool operator==(const SchedExtState &, const SchedExtState &) = default;
};

/// ENOENT when the kernel has no sched_ext.
[[nodiscard]] Result<SchedExtState> read_sched_ext_state(const std::string &root = sched_ext_root);

} // namespace mitosis::sys
