// SPDX-License-Identifier: GPL-2.0-only
// Events: what a decision did, for the log and for signals. Tests assert on these, never on log
// text.
#pragma once

#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"

#include <string>
#include <variant>
#include <vector>

namespace mitosis {

enum class Trigger { automatic, dbus, cgroup, cpuset, hotplug, startup };
[[nodiscard]] std::string
to_string(Trigger trigger); // auto, dbus, cgroup, cpuset, hotplug, startup

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
};

using Event = std::variant<CellCreated, CellRemoved, CpusetChanged, CellRefused, ParentAppeared,
                           ParentMissing, Reassigned>;

} // namespace mitosis
