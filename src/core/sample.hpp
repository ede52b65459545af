// SPDX-License-Identifier: GPL-2.0-only
// Sample: cumulative counters of the live cells at one moment, and the difference of two.
#pragma once

#include "core/cell_table.hpp"
#include "core/ids.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mitosis {

/// Buckets of the waiting-time histogram: bucket b counts waits of [2^b, 2^(b+1)) microseconds,
/// bucket 0 also those below 1 us, the last also all longer ones.
inline constexpr std::size_t wait_buckets = 24;

/// Monotonic totals over all CPUs since the scheduler was attached, or since the cell was made.
struct CellCounters {
    std::uint64_t dispatch_local = 0;      // straight to an idle CPU of the own cell
    std::uint64_t dispatch_cpu_queue = 0;  // to a CPU's private queue
    std::uint64_t dispatch_cell_queue = 0; // to the cell's shared queue
    std::uint64_t dispatch_borrowed = 0;   // to an idle CPU of another cell
    std::uint64_t affinity_violations =
        0;                         // enqueues of tasks whose affinity does not cover the cell
    std::uint64_t run_ns = 0;      // CPU time of the cell's tasks, on whatever CPU
    std::uint64_t wait_ns = 0;     // runnable to running, summed
    std::uint64_t waits = 0;       // how many waits
    std::uint64_t wait_max_ns = 0; // longest one; a high-water mark, not a sum
    std::array<std::uint64_t, wait_buckets> wait_histogram{};
    friend bool operator==(const CellCounters &, const CellCounters &) = default;
};

struct CellSample {
    CellId cell;
    CellCounters total;
    std::vector<std::uint64_t> run_ns_by_cpu; // index = CPU number; total.run_ns is its sum
};

struct Sample {
    Clock::time_point taken_at;
    std::vector<CellSample> cells; // by id
    std::vector<CellId> drained;   // retired ids whose queues are empty now, by id
    [[nodiscard]] const CellSample *find(CellId id) const;
};

/// What happened between two samples. When a counter went back, the cell is new under a reused id
/// and all of its counters count from zero. The result has the cells of `now`; taken_at is the
/// elapsed time.
struct CellDelta {
    CellId cell;
    CellCounters counters; // wait_max_ns is that of `now`
    std::vector<std::uint64_t> run_ns_by_cpu;
};
struct SampleDelta {
    std::chrono::nanoseconds elapsed{0};
    std::vector<CellDelta> cells; // by id
};
[[nodiscard]] SampleDelta difference(const Sample &before, const Sample &now);

} // namespace mitosis
