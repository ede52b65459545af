// SPDX-License-Identifier: GPL-2.0-only
// decide(): the heart. From what is configured, known and just read to what shall be applied and
// shown. Pure: no clock, no I/O, no logging; the only writer of KnownState. A quiet tick, one that
// changes nothing but measurements, allocates no memory when the storage of an earlier decision is
// handed in again.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/config.hpp"
#include "core/division.hpp"
#include "core/event.hpp"
#include "core/load.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "core/tally.hpp"
#include "core/topology.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mitosis {

/// Whether somebody who asks for a division wants every improvement, or those that are worth it.
enum class Force { no, yes };

struct Inputs {
    Clock::time_point now;
    std::optional<Sample> sample;   // none: not yet attached, or no sample due
    std::optional<CgroupScan> scan; // none: nothing changed since the last one
    Trigger trigger = Trigger::automatic;
    Force force = Force::no;   // counts for Trigger::dbus alone
    bool reconfigured = false; // settings changed: CPUs are divided again, whatever the load
};

struct KnownState {
    CellTable cells{1};
    bool parent_present = true;         // also when no parent is configured
    std::vector<std::string> refused{}; // paths that found no free id in the last scan
    Assignment applied{};               // what the kernel accepted last; empty before the first
    std::uint64_t generation = 0;
    std::optional<Sample> last{}; // maybe of the scheduler before: then only to be shown
    Loads loads{};
    std::vector<Unmet> unmet{};     // claims that `applied` leaves unmet, by cell
    std::vector<CpuQuota> quotas{}; // that the kernel does not enforce now, by path
    Tally tally{};
    std::optional<Clock::time_point> rebalanced_at{}; // CPUs moved, for whatever reason
    std::optional<Clock::time_point>
        considered_at{};                            // a rebalance was weighed, or CPUs were divided
    std::optional<Clock::time_point> followed_at{}; // CPUs were divided by the latest demands
};

struct Decision {
    KnownState next;
    std::optional<Assignment> apply; // none: what is applied stays
    Status status;                   // as it will be once applied
    std::vector<Event> events;
};

/// Into `decision`, whose old content does not matter. `state` must not be part of it.
void decide(const Config &config, const Topology &topology, const KnownState &state, Inputs inputs,
            Decision &decision);

[[nodiscard]] Decision decide(const Config &config, const Topology &topology,
                              const KnownState &state, Inputs inputs);

/// What one cell brings to a division: its policy, its weight, whether it has tasks, and with
/// rebalancing, where it was measured, its demand. `load` is the cell's own, or null.
[[nodiscard]] Party party_of(const Config &config, const Cell &cell, const CellLoad *load,
                             Demands demands = Demands::latest);

} // namespace mitosis
