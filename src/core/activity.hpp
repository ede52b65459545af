// SPDX-License-Identifier: GPL-2.0-only
// Activity: what a cell, or all of them together, did between two samples, and the ratios made of
// it. The bus shows them as ratios, upstream's statistics as percentages, by the same formulas.
#pragma once

#include "core/sample.hpp"
#include "core/status.hpp"

#include <chrono>
#include <cstdint>
#include <ratio>

namespace mitosis {

/// A part of a whole; of nothing, every part is 0.
struct Ratio {
    double part = 0.0;
    double whole = 0.0;
    [[nodiscard]] constexpr double value() const { return whole == 0.0 ? 0.0 : part / whole; }
    [[nodiscard]] constexpr double percent() const
    {
        return whole == 0.0 ? 0.0 : 100.0 * part / whole;
    }
};

/// How often it was decided where a task runs.
[[nodiscard]] std::uint64_t decisions(const CellCounters &counters);

/// Slices cut, whichever bound was the limit.
[[nodiscard]] std::uint64_t slice_shrinks(const CellCounters &counters);

struct Activity {
    CellCounters events;             // what counters of events and of CPU time grew by
    std::uint64_t all_decisions = 0; // of all cells in the same time
    double capacity_ns = 0.0;        // CPUs owned in that time, times its length
};

/// Of a cell, as it was when the time began (nullptr: it was not there yet) and when it ended.
/// `all_decisions` is for the caller to know.
[[nodiscard]] Activity activity(const CellStatus *before, const CellStatus &now,
                                std::chrono::duration<double, std::nano> elapsed);

/// Adds up events and capacity.
void add(Activity &sum, const Activity &cell);

/// What is shown of an activity.
using Formula = Ratio (*)(const Activity &activity);

/// Events of that kind, of the decisions.
template <std::uint64_t CellCounters::*Event> [[nodiscard]] Ratio of_decisions(const Activity &in)
{
    return {static_cast<double>(in.events.*Event), static_cast<double>(decisions(in.events))};
}

/// That CPU time, of the time of the own CPUs.
template <std::uint64_t CellCounters::*Time> [[nodiscard]] Ratio of_capacity(const Activity &in)
{
    return {static_cast<double>(in.events.*Time), in.capacity_ns};
}

/// CPU time on others' CPUs, of the CPU time.
[[nodiscard]] Ratio borrowed_of_use(const Activity &in);

/// The decisions, of those of all cells.
[[nodiscard]] Ratio share_of_decisions(const Activity &in);

/// The moving average of what was used and waited for, of the CPUs that the cell owns now.
[[nodiscard]] Ratio smoothed_utilization(const CellStatus &cell);

} // namespace mitosis
