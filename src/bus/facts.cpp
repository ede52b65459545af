// SPDX-License-Identifier: GPL-2.0-only
#include "bus/facts.hpp"

#include <cstdint>
#include <numeric>
#include <ranges>

namespace mitosis::bus {

std::uint64_t kernel_exit_count(const ServiceFacts &facts)
{
    const auto counts = facts.kernel_exits | std::views::values;
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

} // namespace mitosis::bus
