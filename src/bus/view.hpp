// SPDX-License-Identifier: GPL-2.0-only
// View: everything the bus shows at one moment. Made from the engine's Status and the daemon's
// facts; the objects on the bus only ever read it.
#pragma once

#include "bus/facts.hpp"
#include "core/activity.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "core/ownership.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "core/tally.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::bus {

/// One moment on both clocks, to tell when a monotonic time was in the calendar.
struct Now {
    Clock::time_point monotonic;
    std::chrono::system_clock::time_point realtime;
};

struct CellView {
    CellStatus status;
    std::uint64_t created_realtime_us = 0;
    Activity activity; // between the last two samples; nothing until there were two
};

struct View {
    ServiceFacts facts; // state and state_reason are those to show
    std::uint64_t generation = 0;
    CpuSet managed;
    std::vector<Warning> warnings;      // by cgroup; its and the cells' names are UTF-8
    std::vector<Unmet> unmet;           // by cell
    std::vector<CellView> cells;        // by id
    std::optional<Ownership> ownership; // in the kernel; none while there is no scheduler
    CellCounters departed;              // of the cells that are gone, as last seen
    Activity activity;                  // of the cells together
    Tally tally;
    std::uint64_t rebalanced_monotonic_us = 0; // 0 = never
    std::uint64_t rebalanced_realtime_us = 0;
    std::optional<Clock::time_point> sampled_at;

    [[nodiscard]] const CellView *find(CellId id) const;
};

/// What to show next. A realtime that `before` shows for the same event is kept, so a step of the
/// calendar clock changes nothing that is in the past.
[[nodiscard]] View make_view(const Status &status, const ServiceFacts &facts, const View &before,
                             Now now);

/// Counters over all cells, those that are gone included: never goes back.
[[nodiscard]] CellCounters total(const View &view);

/// The cell whose tasks those of `cgroup` are: that of the nearest ancestor (or itself) that owns a
/// cell, else the root cell.
[[nodiscard]] CellId cell_of_cgroup(const View &view, std::string_view cgroup);

[[nodiscard]] std::uint64_t to_us(Clock::time_point time);
/// 0 = never.
[[nodiscard]] std::uint64_t to_us(std::optional<Clock::time_point> time);

} // namespace mitosis::bus
