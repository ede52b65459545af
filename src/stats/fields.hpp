// SPDX-License-Identifier: GPL-2.0-only
// The one table of upstream's statistics fields, in the order of their declaration.
#pragma once

#include "core/activity.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mitosis::stats {

/// What one scope, a cell or everything, did in one interval.
struct Figures {
    Activity activity;
    std::uint64_t cpus = 0; // owned now
    std::string cgroup;
    std::uint64_t cells = 0;
    std::uint64_t rebalances = 0; // cumulative
    Ratio smoothed_utilization{}; // of CPU time used and waited for; above 1 with waiting
    bool held_out = false;        // CPUs that others claim were ever kept for cell 0
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
