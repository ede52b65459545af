// SPDX-License-Identifier: GPL-2.0-only
// Sample: cumulative counters of the live cells at one moment.
#pragma once

#include "core/cell_table.hpp"
#include "core/ids.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mitosis {

/// Buckets of the waiting-time histogram: bucket b counts waits of [2^b, 2^(b+1)) microseconds,
/// bucket 0 also those below 1 us, the last also all longer ones.
inline constexpr std::size_t wait_buckets = 24;

/// Monotonic totals over all CPUs: from the kernel since the scheduler was loaded or the cell made,
/// whichever is later; with what is carried from scheduler to scheduler since the cell was made.
struct CellCounters {
    std::uint64_t dispatch_local = 0;      // straight to an idle CPU of the own cell
    std::uint64_t dispatch_cpu_queue = 0;  // to a CPU's private queue
    std::uint64_t dispatch_cell_queue = 0; // to the cell's shared queue
    std::uint64_t dispatch_borrowed = 0;   // to an idle CPU of another cell
    std::uint64_t affinity_violations =
        0;                              // enqueues of tasks whose affinity does not cover the cell
    std::uint64_t run_ns = 0;           // CPU time of the cell's tasks, on whatever CPU
    std::uint64_t wait_ns = 0;          // runnable to running, summed
    std::uint64_t waits = 0;            // how many waits
    std::uint64_t wait_max_ns = 0;      // longest one; a high-water mark, not a sum
    std::uint64_t borrowed_ns = 0;      // part of run_ns: on CPUs that other cells own
    std::uint64_t lent_ns = 0;          // run time of other cells' tasks on this cell's CPUs
    std::uint64_t reclaims = 0;         // CPUs taken back from a borrower
    std::uint64_t reclaim_ns = 0;       // asked back to an own task running there, summed
    std::uint64_t reclaim_max_ns = 0;   // longest one; a high-water mark
    std::uint64_t steals = 0;           // tasks taken from a sibling LLC's queue
    std::uint64_t private_steals = 0;   // tasks taken from a sibling CPU's private queue
    std::uint64_t multicpu_pins = 0;    // affinities to several but not all CPUs of the cell
    std::uint64_t pin_skips = 0;        // of those, not rejected because a cpuset was changing
    std::uint64_t slice_shrink_max = 0; // slices cut, by which bound the limit was
    std::uint64_t slice_shrink_proportional = 0;
    std::uint64_t slice_shrink_min = 0;
    std::array<std::uint64_t, wait_buckets> wait_histogram{};
    friend bool operator==(const CellCounters &, const CellCounters &) = default;
};

/// Counters of several CPUs or cells as one: sums are added, of high-water marks the higher stays.
void add(CellCounters &total, const CellCounters &more);

/// A sum that went back means that all of them began at zero: the cell is new under a reused id.
[[nodiscard]] bool began_anew(const CellCounters &before, const CellCounters &now);

struct CellSample {
    CellId cell;
    CellCounters total;
    std::vector<std::uint64_t> run_ns_by_cpu; // index = CPU number; total.run_ns is its sum
    std::uint64_t waiters = 0;                // tasks that waited just then,
    std::uint64_t waited_ns = 0; // and how long they had, which `total` does not have yet
};

struct Sample {
    Clock::time_point taken_at;
    std::vector<CellSample> cells; // by id
    std::vector<CellId> drained;   // retired ids whose queues are empty now, by id
    std::uint64_t scheduler = 0;   // which one counted: only two of the same make an interval
    [[nodiscard]] const CellSample *find(CellId id) const;
};

} // namespace mitosis
