// SPDX-License-Identifier: GPL-2.0-only
// Between core's values and what the BPF object reads and writes. Pure.
#pragma once

#include "bpf/intf.h"
#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/kernel_event.hpp"
#include "core/ownership.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mitosis::sched {

/// Of the machine and the loaded object; fixed from load on.
struct Sizes {
    std::uint32_t cpus = 1;  // highest possible CPU number + 1
    std::uint32_t cells = 1; // ids 0 .. cells - 1
    std::uint32_t llcs = 1;
    friend bool operator==(const Sizes &, const Sizes &) = default;
};

/// 64-bit words that hold one bit per CPU number.
[[nodiscard]] constexpr std::uint32_t envelope_words(const Sizes &sizes)
{
    return (sizes.cpus + 63) / 64;
}

/// 64-bit words that hold one bit per cell id.
[[nodiscard]] constexpr std::uint32_t cell_words(const Sizes &sizes)
{
    return (sizes.cells + 63) / 64;
}

/// A whole configuration as the object's staging maps hold it.
struct Stage {
    std::vector<mitosis_stage_cpu> cpus;   // by CPU number
    std::vector<mitosis_stage_cell> cells; // by cell id
    std::vector<std::uint64_t> envelopes;  // envelope_words() of each cell
};

/// The stage in which no cell lives and no CPU has an owner.
[[nodiscard]] Stage empty_stage(const Sizes &sizes);

/// How many events the kernel's dump shall list, which has this many bytes: they leave half of it
/// to what else is in there.
[[nodiscard]] std::uint32_t events_in_dump(std::uint32_t dump_len);

/// An envelope gets a new sequence number where it differs from `previous`, or its cell does.
/// ERANGE for a CPU or an id beyond `sizes`; EINVAL when a cell of the assignment is not in
/// `cells`.
[[nodiscard]] Result<Stage> encode(const Assignment &assignment, std::span<const Cell> cells,
                                   const CpuSet &online, const Stage &previous);

/// A cell's counters, one entry per possible CPU, in the order of `possible`, and who waits in it,
/// as look_at_waits found it.
[[nodiscard]] CellSample decode_sample(CellId cell, std::span<const mitosis_counters> by_cpu,
                                       const CpuSet &possible, const mitosis_cell &entry);

/// Entries by CPU number.
[[nodiscard]] Ownership decode_cpus(std::span<const mitosis_cpu> cpus);

/// The kernel's record; at_realtime_us is left 0.
[[nodiscard]] ExitInfo decode_exit(const mitosis_exit &record);

[[nodiscard]] KernelEvent decode_event(const mitosis_event &event);

} // namespace mitosis::sched
