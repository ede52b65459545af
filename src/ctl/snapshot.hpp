// SPDX-License-Identifier: GPL-2.0-only
// Snapshots: what the service said, as plain values. Names and units are those of the bus API,
// org.scx.Mitosis(5). Read by client.cpp; shown by text.cpp and json.cpp, which know no bus.
#pragma once

#include "core/cell_policy.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mitosis::ctl {

using Cpus = std::vector<std::uint32_t>;
using ConfigValue =
    std::variant<bool, std::uint64_t, double, std::string, std::vector<std::string>>;

struct LastExit {
    std::uint32_t kind = 0; // 0: none so far
    std::int64_t code = 0;
    std::string reason;
    std::string message;
    std::uint64_t realtime_us = 0;
};

/// Numbers beyond max_cpus are left out.
[[nodiscard]] inline CpuSet to_set(const Cpus &numbers)
{
    CpuSet cpus;
    for (const std::uint32_t cpu : numbers)
        if (cpu < max_cpus)
            cpus.insert(cpu);
    return cpus;
}

/// What a cell claims and could not be given.
struct UnmetClaim {
    std::uint32_t cell = 0;
    std::string claim;     // "min-cpus 4"
    std::uint32_t got = 0; // CPUs
    std::string why;
};

/// Cell id -> the CPUs that it has in the kernel.
using KernelOwners = std::map<std::uint32_t, Cpus>;

struct ServiceWarning {
    std::string kind;
    std::string cgroup;
    std::string reason;
};

struct ServiceSnapshot {
    std::string version;
    std::uint32_t api_version = 0;
    std::string scheduler;
    std::vector<std::string> features; // that are on, beyond cells
    std::string state;
    std::string state_reason;
    std::uint64_t attached_realtime_us = 0;
    std::uint64_t attached_monotonic_us = 0;
    std::vector<std::string> fallbacks; // in words
    std::vector<ServiceWarning> warnings;
    LastExit last_exit;
    std::uint64_t generation = 0;
    std::map<std::string, ConfigValue> config;
    std::vector<CellRule> cell_rules; // by pattern
    std::vector<std::string> config_files;
    std::string cell_parent_cgroup;
    Cpus managed_cpus;
    std::optional<KernelOwners> kernel_owners; // none: the service does not tell
    std::uint32_t cell_count = 0;
    std::uint32_t max_cells = 0;
    std::vector<UnmetClaim> unmet;
    std::map<std::string, std::string> config_origins; // setting -> file, "dbus", "command line"
    std::vector<std::string> runtime_overrides;        // settings that were set over the bus
    std::map<std::string, std::uint64_t> metrics;      // of all cells together, by their bus names
    std::map<std::string, std::uint64_t> rebalance_counts;   // by trigger
    std::map<std::string, std::uint64_t> kernel_exit_counts; // by reason
    std::uint64_t rebalances = 0;
    std::uint64_t rebalanced_realtime_us = 0;
    std::uint64_t rebalanced_monotonic_us = 0;
};

struct CellSnapshot {
    std::uint32_t id = 0;
    std::uint64_t instance = 0;
    std::string kind;
    std::string cgroup;
    std::uint64_t cgroup_id = 0;
    Cpus cpus;
    Cpus borrowable_cpus;
    Cpus requested_cpus;
    std::vector<std::uint32_t> llcs;
    std::optional<Party> claim; // for a division, without cell and cpuset; none: not told
    std::uint64_t created_realtime_us = 0;
    std::uint64_t created_monotonic_us = 0;
    std::uint64_t sampled_monotonic_us = 0;
    double utilization = 0.0;
    double smoothed_utilization = 0.0; // this and the next: 0 with a service that does not tell
    double demand_cpus = 0.0;
    std::map<std::string, double> ratios; // by their bus names; none: not told
    std::uint64_t cpu_usage_ns = 0;
    std::uint64_t dispatch_local = 0;
    std::uint64_t dispatch_cpu_queue = 0;
    std::uint64_t dispatch_cell_queue = 0;
    std::uint64_t dispatch_borrowed = 0;
    std::uint64_t affinity_violations = 0;
    std::uint64_t borrowed_ns = 0; // this and the next: 0 with a service that does not count them
    std::uint64_t lent_ns = 0;
    std::uint64_t reclaims = 0;
    std::uint64_t reclaim_ns = 0;
    std::uint64_t reclaim_max_ns = 0;
    std::uint64_t steals = 0;
    std::uint64_t private_steals = 0;
    std::uint64_t multicpu_pins = 0;
    std::uint64_t pin_skips = 0;
    std::uint64_t slice_shrinks = 0;
    std::uint64_t slice_shrinks_at_max = 0;
    std::uint64_t slice_shrinks_proportional = 0;
    std::uint64_t slice_shrinks_at_min = 0;
    std::uint64_t wait_ns = 0;
    std::uint64_t waits = 0;
    std::uint64_t wait_max_ns = 0;
    std::vector<std::uint64_t> wait_histogram;
};

struct CellChange {
    std::uint32_t cell = 0;
    Cpus gained;
    Cpus lost;
};

struct RebalanceResult {
    std::uint64_t generation = 0;
    std::vector<CellChange> changes; // empty: nothing to do
};

/// Of reload, set and reset.
struct ConfigResult {
    std::uint64_t generation = 0;
    std::vector<std::string> changed;                 // setting names
    std::optional<std::vector<CellChange>> changes{}; // of set: CPUs that move, or would
};

/// What the scheduler in the kernel noticed.
struct SchedulerEvent {
    std::uint64_t monotonic_us = 0;
    std::string kind;
    std::uint32_t pid = 0;       // or 0
    std::uint64_t cgroup_id = 0; // or 0
    std::uint32_t cell = 0;
    std::uint32_t cpu = 0; // where
};

/// A property that changed, and what it is now; none: only that was signalled.
struct PropertyChange {
    using Value = std::variant<std::string, std::uint64_t, std::vector<std::string>, Cpus>;
    std::string name;
    std::optional<Value> value;
};

/// Something that the service signalled, or the bus of the service.
struct Happening {
    enum class Kind {
        rebalanced,
        reconfigured,
        exited,
        cell_added,
        cell_removed,
        changed,
        scheduler_event,
        events_left_out,
        service_gone, // from the bus
        service_came,
    };
    Kind kind = Kind::changed;
    std::uint64_t generation = 0;           // rebalanced, reconfigured
    std::string cause;                      // trigger, origin, or the exit's reason
    std::vector<CellChange> changes;        // rebalanced
    std::vector<std::string> names;         // reconfigured: settings
    std::vector<PropertyChange> properties; // changed
    std::string object;                     // a cell's object path
    LastExit exit;                          // exited
    SchedulerEvent event;                   // scheduler_event
    std::uint64_t left_out = 0;             // events_left_out: how many
};

} // namespace mitosis::ctl
