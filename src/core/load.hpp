// SPDX-License-Identifier: GPL-2.0-only
// Load: what cells used of the CPUs and what they waited for, from counters to demand. Run time is
// differenced per CPU and booked on who owned the CPU during the interval before anything is
// summed, so a CPU that changed hands counts for whom it ran; every cell is updated at every
// interval, also one that did nothing; intervals are measured, never assumed.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/ids.hpp"
#include "core/peak.hpp"
#include "core/sample.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace mitosis {

/// What one cell did in the last interval, and what follows from the intervals before. Amounts are
/// CPUs: CPU time over elapsed time.
struct CellLoad {
    CellId cell = root_cell;
    std::uint64_t instance = 0; // of the cell: an id used again starts anew
    double used = 0;            // by the cell's tasks, on whatever CPU
    double waiting = 0;         // tasks that were runnable and did not run, on average
    double borrowed = 0;        // part of `used` on CPUs of others
    double lent = 0;            // used by others on the cell's CPUs
    double utilization = 0;     // used over CPUs owned; above 1 with borrowing; 0 without a CPU
    double smoothed = 0;        // moving average of used + waiting
    double due = 0;             // demand to divide by: the highest `smoothed` of the recent past
    std::optional<double> divided{}; // `due` as CPUs were last divided by it; none: not yet
    std::optional<double> weighed{}; // `due` as it was last weighed; none: not since they moved
    bool measured = false;           // false until the cell's first interval has passed
    Peak peak{};
    int last_change = 0; // CPUs that the last rebalance brought it
};

/// Which demands a division goes by: what is due now, or what CPUs were last divided by. The latter
/// leave those cells alone that a division is not about.
enum class Demands { latest, divided };

/// Nothing where the cell was not measured yet.
[[nodiscard]] std::optional<double> demand_of(const CellLoad &load, Demands demands);

struct Smoothing {
    double newest = 0.3;                       // weight of the newest interval, 0 to 1
    std::chrono::duration<double> interval{1}; // whose length that weight is meant for; > 0
    std::chrono::duration<double> window{5};   // for how long a demand outlives itself; > 0
};

class Loads {
public:
    /// Books what happened between two samples under the assignment that was in force. `cells` are
    /// those known now, by id. A cell seen for the first time begins with the average demand of the
    /// others, if they have one. Without elapsed time nothing changes. Allocates only when other
    /// cells are known than at the last time.
    void update(const Sample &before, const Sample &now, const Assignment &in_force,
                std::span<const Cell> cells, const Smoothing &smoothing);

    /// A rebalance brought the cell this many CPUs more (fewer, when negative). Where that takes
    /// back what the last one did, its demand outlives itself for longer from now on.
    void note_change(CellId cell, int cpus);

    /// CPUs were divided by these demands.
    void note_division(Demands demands);

    /// It was found out what the latest demands would move.
    void note_weighing();
    /// Another division came between: what they would move now is another question.
    void forget_weighing();
    /// Some demand is another one than when it was last weighed, by more than noise.
    [[nodiscard]] bool changed_since_weighing() const;

    [[nodiscard]] const CellLoad *find(CellId cell) const;
    [[nodiscard]] std::span<const CellLoad> cells() const { return cells_; } // by id
    void clear() { cells_.clear(); }

private:
    void match(std::span<const Cell> cells);
    [[nodiscard]] double average_due() const;
    std::vector<CellLoad> cells_;
};

} // namespace mitosis
