// SPDX-License-Identifier: GPL-2.0-only
// The counters of a cell by their names on the bus, and cells that have another value in each.
#pragma once

#include "core/sample.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace mitosis::test {

using Counter = std::pair<const char *, std::uint64_t CellCounters::*>;
inline constexpr std::array counters{
    Counter{"CPUUsageNSec", &CellCounters::run_ns},
    Counter{"DispatchLocal", &CellCounters::dispatch_local},
    Counter{"DispatchCpuQueue", &CellCounters::dispatch_cpu_queue},
    Counter{"DispatchCellQueue", &CellCounters::dispatch_cell_queue},
    Counter{"DispatchBorrowed", &CellCounters::dispatch_borrowed},
    Counter{"AffinityViolations", &CellCounters::affinity_violations},
    Counter{"BorrowedNSec", &CellCounters::borrowed_ns},
    Counter{"LentNSec", &CellCounters::lent_ns},
    Counter{"Reclaims", &CellCounters::reclaims},
    Counter{"ReclaimNSec", &CellCounters::reclaim_ns},
    Counter{"ReclaimMaxNSec", &CellCounters::reclaim_max_ns},
    Counter{"Steals", &CellCounters::steals},
    Counter{"PrivateSteals", &CellCounters::private_steals},
    Counter{"MultiCpuPins", &CellCounters::multicpu_pins},
    Counter{"PinSkips", &CellCounters::pin_skips},
    Counter{"SliceShrinksAtMax", &CellCounters::slice_shrink_max},
    Counter{"SliceShrinksProportional", &CellCounters::slice_shrink_proportional},
    Counter{"SliceShrinksAtMin", &CellCounters::slice_shrink_min},
    Counter{"WaitNSec", &CellCounters::wait_ns},
    Counter{"Waits", &CellCounters::waits},
    Counter{"WaitMaxNSec", &CellCounters::wait_max_ns},
};

/// The n-th counter of the list counts n + `more`.
[[nodiscard]] inline CellCounters distinct_counters(std::uint64_t more)
{
    CellCounters made;
    std::uint64_t value = more;
    for (const auto &[name, member] : counters)
        made.*member = ++value;
    return made;
}

} // namespace mitosis::test
