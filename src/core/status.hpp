// SPDX-License-Identifier: GPL-2.0-only
// Status: everything the outside may see, as one plain value. It is made by decide() and by the
// daemon from what the kernel says, and only ever read by the bus.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "core/load.hpp"
#include "core/ownership.hpp"
#include "core/sample.hpp"
#include "core/tally.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mitosis {

/// Derived from the kernel, never from intent (spec: service 1c, "State that lies").
enum class State { starting, running, reloading, degraded, detached, stopping };
[[nodiscard]] std::string to_string(State state);

/// sched_ext's record of an exit: kinds and codes are the kernel's (enum scx_exit_kind).
struct ExitInfo {
    std::uint32_t kind = 0; // 0: no exit so far
    std::int64_t code = 0;
    std::string reason;
    std::string message;
    std::uint64_t at_realtime_us = 0;
    friend bool operator==(const ExitInfo &, const ExitInfo &) = default;
};

struct CellStatus {
    Cell cell;
    CpuSet cpus;
    CpuSet borrowable;
    std::vector<LlcId> llcs; // those its CPUs lie in, ascending
    CellCounters counters;
    double utilization = 0.0; // CPU time / (CPUs x elapsed) of the last interval; may exceed 1
    CellLoad load;            // of the last interval and before; all 0 until there was one
    Lend lend = Lend::none;
};

/// Something an administrator asked of the kernel that does not happen while this scheduler runs.
enum class WarningKind { cpu_max_not_enforced };
[[nodiscard]] std::string to_string(WarningKind kind); // "cpu-max-not-enforced"

struct Warning {
    WarningKind kind = WarningKind::cpu_max_not_enforced;
    std::string cgroup; // that it is about
    std::string reason; // a sentence without a full stop
    friend bool operator==(const Warning &, const Warning &) = default;
};
[[nodiscard]] Warning warning_of(const CpuQuota &quota);

struct Status {
    State state = State::starting;
    std::string reason;            // token of spec/service.md 2b StateReason, "" when fine
    std::uint64_t generation = 0;  // committed configurations so far
    CpuSet managed;                // the CPUs that are partitioned
    std::vector<CellStatus> cells; // by id
    std::vector<CellId> pooled;    // cells without a CPU of their own
    std::vector<Unmet> unmet;      // claims that could not be met, by cell
    std::vector<Warning> warnings; // by cgroup; the last one may stand for those left out
    Tally tally;
    std::optional<Clock::time_point> rebalanced_at;
    std::optional<Clock::time_point> sampled_at;
    std::optional<Ownership> ownership; // in the kernel, read back after all of this; by the engine
};

} // namespace mitosis
