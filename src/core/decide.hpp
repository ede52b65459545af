// SPDX-License-Identifier: GPL-2.0-only
// decide(): the heart. From what is configured, known and just read to what shall be applied and
// shown. Pure: no clock, no I/O, no logging; the only writer of KnownState.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/config.hpp"
#include "core/event.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "core/topology.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mitosis {

struct Inputs {
    Clock::time_point now;
    std::optional<Sample> sample;   // none: not yet attached, or no sample due
    std::optional<CgroupScan> scan; // none: nothing changed since the last one
    Trigger trigger = Trigger::automatic;
};

struct KnownState {
    CellTable cells;
    bool parent_present = true;         // also when no parent is configured
    std::vector<std::string> refused{}; // paths that found no free id in the last scan
    Assignment applied{};               // what the kernel accepted last; empty before the first
    std::uint64_t generation = 0;
    std::optional<Sample> last{};
    std::vector<double> utilization{}; // index = cell id, of the last interval
    std::uint64_t rebalances = 0;
    std::optional<Clock::time_point> rebalanced_at{};
};

struct Decision {
    KnownState next;
    std::optional<Assignment> apply; // none: what is applied stays
    Status status;                   // as it will be once applied
    std::vector<Event> events;
};

[[nodiscard]] Decision decide(const Config &config, const Topology &topology,
                              const KnownState &state, const Inputs &inputs);

} // namespace mitosis
