// SPDX-License-Identifier: GPL-2.0-only
// ServiceFacts: what the bus shows beyond the engine's Status, as one plain value that the daemon
// fills from the kernel, the package and the configuration.
#pragma once

#include "core/config.hpp"
#include "core/status.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace mitosis::bus {

/// On the bus: b, t, d, s or as.
using ConfigValue =
    std::variant<bool, std::uint64_t, double, std::string, std::vector<std::string>>;
using ConfigMap = std::map<std::string, ConfigValue>; // setting name -> effective value

struct ServiceFacts {
    std::string version;        // of the package; must not change later
    std::string scheduler_name; // as in /sys/kernel/sched_ext/root/ops
    std::uint32_t max_cells = 0;
    std::vector<std::string> features; // that are switched on, beyond cells
    State state = State::starting;     // as derived from the kernel
    std::string state_reason;          // a StateReason token; "" when fine
    std::string refused_reload;        // what was wrong with it; "" once one was not refused
    std::uint64_t attached_realtime_us = 0;
    std::uint64_t attached_monotonic_us = 0; // 0 = not attached
    std::vector<std::string> fallbacks;      // in force, in words; empty when not attached
    ExitInfo last_exit;
    ConfigMap config;
    Config settings;                                   // the same, typed: what divisions go by
    std::vector<std::string> config_files;             // in the order they were merged
    std::map<std::string, std::string> config_origins; // setting name -> who set it; not defaults
    std::vector<std::string> runtime_overrides;        // names, in the order of the table
    std::string cell_parent_cgroup;                    // "" without one
    std::uint64_t reconfigurations = 0;  // committed changes of settings, whatever asked for them
    std::uint64_t apply_duration_us = 0; // of the last configuration handed to the kernel
    std::uint64_t attachments = 0;       // how often the scheduler was attached
    std::map<std::string, std::uint64_t> kernel_exits; // by token of StateReason
    friend bool operator==(const ServiceFacts &, const ServiceFacts &) = default;
};

/// How often the kernel ended the scheduler, for whatever reason.
[[nodiscard]] std::uint64_t kernel_exit_count(const ServiceFacts &facts);

} // namespace mitosis::bus
