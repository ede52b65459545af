// SPDX-License-Identifier: GPL-2.0-only
// Plan: a division of CPUs that is only thought of. The problem comes as JSON (mitosisctl(1),
// "PLAN") or from the running service; the answer is what scx-mitosis would decide.
#pragma once

#include "core/division.hpp"
#include "core/splits.hpp"
#include "core/topology.hpp"
#include "ctl/client.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::ctl {

struct PlanProblem {
    Topology topology;
    std::vector<std::uint32_t> ids; // to show; within the division a cell's id is its index here
    std::vector<std::string> names; // in the same order; the first is "root"
    DivisionProblem division;
};

/// Reads a problem. A failure names the key and what it may be; its status is `usage`.
[[nodiscard]] Answer<PlanProblem> parse_plan(std::string_view json);

/// The problem that the service faces now, on this machine.
[[nodiscard]] Answer<PlanProblem> live_plan(const ServiceSnapshot &service,
                                            std::span<const CellSnapshot> cells);

struct Plan {
    Division division;
    unsigned moved = 0;
    double share_error = 0; // 0 to 1, see core/division.hpp
    Splits splits;
};
[[nodiscard]] Plan solve(const PlanProblem &problem);

[[nodiscard]] std::string plan_json(const PlanProblem &problem, const Plan &plan);
/// A table of the cells and a map of the CPUs by LLC.
[[nodiscard]] std::string plan_text(const PlanProblem &problem, const Plan &plan);
/// Why a cell (by name) or a CPU (by number, "5" or "cpu5") is as it is; a cell of that name first.
[[nodiscard]] Answer<std::string> explain(const PlanProblem &problem, const Plan &plan,
                                          std::string_view subject);

} // namespace mitosis::ctl
