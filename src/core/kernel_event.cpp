// SPDX-License-Identifier: GPL-2.0-only
#include "core/kernel_event.hpp"

#include "core/ids.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <format>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace mitosis {
namespace {

constexpr std::array<std::string_view, 13> names{"cpuset", "pin",  "task",   "cell",   "cgroup",
                                                 "rmdir",  "move", "config", "borrow", "reclaim",
                                                 "steal",  "cpu",  "unknown"};

std::string task_of(const KernelEvent &event)
{
    return std::format("task {} of cgroup {}", event.pid, std::to_underlying(event.cgroup));
}

std::string cell_of(const KernelEvent &event)
{
    constexpr auto no_cell = std::numeric_limits<std::uint32_t>::max(); // nobody owns the CPU
    const auto cell = index_of(event.cell);
    return cell == no_cell ? std::string("no cell") : std::format("cell {}", cell);
}

} // namespace

std::string_view to_string(KernelEvent::Kind kind)
{
    return names.at(static_cast<std::size_t>(kind));
}

KernelEvent::Kind parse_event_kind(std::string_view name)
{
    const auto *const found = std::ranges::find(names, name);
    return found == names.end() ? KernelEvent::Kind::unknown
                                : static_cast<KernelEvent::Kind>(found - names.begin());
}

std::string describe(const KernelEvent &event)
{
    const auto cgroup = std::to_underlying(event.cgroup);
    switch (event.kind) {
    case KernelEvent::Kind::cpuset:
        return "a cpuset was changed";
    case KernelEvent::Kind::pin:
        return std::format("{} may use several CPUs, but not all of {}", task_of(event),
                           cell_of(event));
    case KernelEvent::Kind::task:
        return std::format("task {} came", event.pid);
    case KernelEvent::Kind::cell:
        return std::format("{} is in {} now", task_of(event), cell_of(event));
    case KernelEvent::Kind::cgroup:
        return std::format("cgroup {} came", cgroup);
    case KernelEvent::Kind::rmdir:
        return std::format("cgroup {} went", cgroup);
    case KernelEvent::Kind::move:
        return std::format("task {} moved to cgroup {}", event.pid, cgroup);
    case KernelEvent::Kind::config:
        return "a configuration is in force";
    case KernelEvent::Kind::borrow:
        return std::format("{} runs on a CPU of {}, which is not its own", task_of(event),
                           cell_of(event));
    case KernelEvent::Kind::reclaim:
        return std::format("{} took the CPU back for {}", cell_of(event), task_of(event));
    case KernelEvent::Kind::steal:
        return std::format("a task of {} was taken from a sibling's queue", cell_of(event));
    case KernelEvent::Kind::cpu:
        return std::format("a CPU of {} came or went", cell_of(event));
    case KernelEvent::Kind::unknown:
        return std::format("{}, {}", task_of(event), cell_of(event));
    }
    std::unreachable();
}

} // namespace mitosis
