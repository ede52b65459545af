// SPDX-License-Identifier: GPL-2.0-only
// Snapshots: what the service said, as plain values. Names and units are those of the bus API,
// org.scx.Mitosis(5). Read by client.cpp; shown by text.cpp and json.cpp, which know no bus.
#pragma once

#include <cstdint>
#include <map>
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

struct ServiceSnapshot {
    std::string version;
    std::uint32_t api_version = 0;
    std::string scheduler;
    std::string state;
    std::string state_reason;
    std::uint64_t attached_realtime_us = 0;
    std::uint64_t attached_monotonic_us = 0;
    LastExit last_exit;
    std::uint64_t generation = 0;
    std::map<std::string, ConfigValue> config;
    std::vector<std::string> config_files;
    std::string cell_parent_cgroup;
    Cpus managed_cpus;
    std::uint32_t cell_count = 0;
    std::uint32_t max_cells = 0;
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
    std::uint64_t created_realtime_us = 0;
    std::uint64_t created_monotonic_us = 0;
    std::uint64_t sampled_monotonic_us = 0;
    double utilization = 0.0;
    std::uint64_t cpu_usage_ns = 0;
    std::uint64_t dispatch_local = 0;
    std::uint64_t dispatch_cpu_queue = 0;
    std::uint64_t dispatch_cell_queue = 0;
    std::uint64_t dispatch_borrowed = 0;
    std::uint64_t affinity_violations = 0;
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

struct ReloadResult {
    std::uint64_t generation = 0;
    std::vector<std::string> changed; // setting names
};

} // namespace mitosis::ctl
