// SPDX-License-Identifier: GPL-2.0-only
// The one table of upstream's statistics fields, in the order of their declaration.
#pragma once

#include "core/sample.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mitosis::stats {

/// What one scope, a cell or everything, did in one interval.
struct Figures {
    CellCounters events;             // of the interval
    std::uint64_t all_decisions = 0; // of all cells
    double capacity_ns = 0.0;        // its own CPUs times the time that passed
    std::uint64_t cpus = 0;
    std::string cgroup;
    std::uint64_t cells = 0;
    std::uint64_t rebalances = 0;      // cumulative
    double smoothed_utilization = 0.0; // of CPU time used and waited for; above 1 with waiting
    bool held_out = false;             // CPUs that others claim were ever kept for cell 0
    [[nodiscard]] std::uint64_t decisions() const
    {
        return events.dispatch_local + events.dispatch_cpu_queue + events.dispatch_cell_queue +
               events.dispatch_borrowed;
    }
};

enum class Kind { count, real, text };
enum class Scope { global, cell, both };

struct Field {
    std::string_view name;
    Scope scope;
    Kind kind;
    std::string_view description;
    nlohmann::json (*value)(const Figures &figures);
};

[[nodiscard]] std::span<const Field> fields();
[[nodiscard]] constexpr bool is_in(const Field &field, Scope scope)
{
    return field.scope == Scope::both || field.scope == scope;
}

} // namespace mitosis::stats
