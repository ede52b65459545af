// SPDX-License-Identifier: GPL-2.0-only
// KernelEvent: one thing that the scheduler in the kernel tells of, and what it is in words.
#pragma once

#include "core/ids.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis {

struct KernelEvent {
    enum class Kind {
        cpuset,  // a cpuset was changed
        pin,     // a task's affinity names several CPUs, not all of its cell's
        task,    // a task came
        cell,    // a task's cell is another one now
        cgroup,  // a cgroup came
        rmdir,   // a cgroup went
        move,    // a task changed its cgroup
        config,  // a configuration is in force
        borrow,  // a task runs on a CPU of the cell, which is not its own
        reclaim, // the cell took a CPU back
        steal,   // a task was taken from a sibling's queue
        cpu,     // a CPU came or went
        unknown,
    };
    Kind kind = Kind::unknown;
    std::uint64_t at_ns = 0; // CLOCK_MONOTONIC
    CgroupId cgroup{};       // 0 where it does not apply
    std::uint32_t pid = 0;   // 0 where it does not apply
    CellId cell{};
    unsigned cpu = 0; // where it was noticed
    friend bool operator==(const KernelEvent &, const KernelEvent &) = default;
};

/// What is read at once.
struct KernelEvents {
    std::vector<KernelEvent> events; // oldest first
    std::uint64_t lost = 0;          // how many more there were, for which there was no room
};

/// "cpuset", "pin" ...
[[nodiscard]] std::string_view to_string(KernelEvent::Kind kind);
/// Kind::unknown for every other name.
[[nodiscard]] KernelEvent::Kind parse_event_kind(std::string_view name);

/// "task 4711 moved to cgroup 1234": everything but the moment and the CPU.
[[nodiscard]] std::string describe(const KernelEvent &event);

} // namespace mitosis
