// SPDX-License-Identifier: GPL-2.0-only
// SchedulerOptions: how the scheduler in the kernel is made.
#pragma once

#include "core/config.hpp"
#include "core/error.hpp"
#include "core/topology.hpp"

#include <chrono>
#include <cstdint>

namespace mitosis::sched {

struct SchedulerOptions {
    std::uint32_t cell_capacity = 1; // ids 0 .. cell_capacity - 1; at most 65536
    std::chrono::microseconds slice{20'000};
    std::chrono::milliseconds timeout{0}; // watchdog; 0 = the kernel's 30 s, which is the longest
    std::uint32_t exit_dump_len = 0;      // bytes; 0 = the kernel's 32768
    Features features{};
    LibbpfOptions libbpf{};
};

/// EINVAL for what is out of range, or more than queue ids can tell apart on this machine.
[[nodiscard]] Result<void> check_options(const SchedulerOptions &options, const Topology &topology);

} // namespace mitosis::sched
