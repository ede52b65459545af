// SPDX-License-Identifier: GPL-2.0-only
#include "core/kernel_event.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace mitosis {

std::string_view to_string(KernelEvent::Kind kind)
{
    constexpr std::array<std::string_view, 13> names{
        "cpuset", "pin",    "task",    "cell",  "cgroup", "rmdir",  "move",
        "config", "borrow", "reclaim", "steal", "cpu",    "unknown"};
    return names.at(static_cast<std::size_t>(kind));
}

} // namespace mitosis
