// SPDX-License-Identifier: GPL-2.0-only
// Events: what a decision did, for the log and for signals. Tests assert on these, never on log
// text.
#pragma once

#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace mitosis {

enum class Trigger { automatic, dbus, cgroup, cpuset, hotplug, startup, config };
inline constexpr std::array all_triggers{Trigger::automatic, Trigger::dbus,    Trigger::cgroup,
                                         Trigger::cpuset,    Trigger::hotplug, Trigger::startup,
                                         Trigger::config};
[[nodiscard]] std::string
to_string(Trigger trigger); // auto, dbus, cgroup, cpuset, hotplug, startup, config

struct CellCreated {
    Cell cell;
};
struct CellRemoved {
    Cell cell;
};
struct CpusetChanged {
    Cell cell;
};
struct CellRefused { // no id was free
    std::string path;
};
/// A limit in cpu.max was found, which the kernel does not enforce while this scheduler runs.
struct QuotaIgnored {
    CpuQuota quota;
};
struct ParentAppeared {};
struct ParentMissing {};
/// CPUs that a cell gained and lost by one applied configuration.
struct CellShift {
    CellId cell;
    CpuSet gained;
    CpuSet lost;
    friend bool operator==(const CellShift &, const CellShift &) = default;
};
struct Reassigned {
    std::uint64_t generation = 0;
    Trigger trigger = Trigger::automatic;
    std::vector<CellShift> shifts; // by id; only cells that changed
    std::string summary;           // "[0: 0-7] [1(web): 8-15]"
    double spread_pct = 0;         // of demand per CPU before, in percentage points
};
/// Somebody asked to divide the CPUs again, and they stay: too little speaks for moving these.
struct HeldBack {
    enum class Reason { below_threshold, does_not_repay };
    Reason reason = Reason::below_threshold;
    unsigned cpus = 0;     // that would move
    double spread_pct = 0; // of demand per CPU, in percentage points
    double threshold = 0;  // that it does not reach
};
/// As a sentence, with what would move them all the same.
[[nodiscard]] std::string to_string(const HeldBack &held_back);

/// The kernel had CPUs in other cells than it was told; what was decided is applied again.
struct OwnershipDrifted {
    std::string drift; // in words
};

using Event = std::variant<CellCreated, CellRemoved, CpusetChanged, CellRefused, QuotaIgnored,
                           ParentAppeared, ParentMissing, Reassigned, HeldBack, OwnershipDrifted>;

} // namespace mitosis
