// SPDX-License-Identifier: GPL-2.0-only
// From a problem to a plan, and to JSON.
#include "core/assignment.hpp"
#include "core/cpu_list.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "ctl/plan.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <string>

namespace mitosis::ctl {
namespace {

using Json = nlohmann::ordered_json;

/// Six places: more would only show how doubles are computed.
double rounded(double value)
{
    constexpr double places = 1e6;
    return std::round(value * places) / places;
}

std::string lend_word(Lend lend)
{
    switch (lend) {
    case Lend::none:
        return "none";
    case Lend::idle_cores:
        return "idle-cores";
    case Lend::any:
        break;
    }
    return "any";
}

Json cell_object(const PlanProblem &problem, const Division &division, std::size_t index)
{
    const CellCpus &entry = division.assignment.cells[index];
    return {{"name", problem.names[index]},       {"id", problem.ids[index]},
            {"cpus", to_cpu_list(entry.primary)}, {"borrowable", to_cpu_list(entry.borrowable)},
            {"lend", lend_word(entry.lend)},      {"quota", rounded(division.quotas[index])}};
}

} // namespace

Plan solve(const PlanProblem &problem)
{
    Plan plan{.division = divide(problem.topology, problem.division), .splits = {}};
    plan.moved = moved_cpus(problem.division.previous, plan.division.assignment);
    plan.share_error = share_error(plan.division.assignment, plan.division.quotas);
    plan.splits = splits_of(problem.topology, plan.division.assignment);
    return plan;
}

std::string plan_json(const PlanProblem &problem, const Plan &plan)
{
    Json cells = Json::array();
    for (std::size_t index = 0; index < problem.names.size(); ++index)
        cells.push_back(cell_object(problem, plan.division, index));
    Json pooled = Json::array();
    for (const CellId cell : plan.division.assignment.pooled)
        pooled.push_back(problem.names[index_of(cell)]);
    Json unmet = Json::array();
    for (const Unmet &each : plan.division.unmet)
        unmet.push_back({{"cell", problem.names[index_of(each.cell)]},
                         {"claim", each.claim},
                         {"got", each.got},
                         {"why", each.why}});
    const Json document{{"schema", 1},
                        {"cells", cells},
                        {"moved", plan.moved},
                        {"share_error", rounded(plan.share_error)},
                        {"llc_splits", plan.splits.llcs},
                        {"node_splits", plan.splits.nodes},
                        {"core_splits", plan.splits.cores},
                        {"pooled", pooled},
                        {"unmet", unmet}};
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace mitosis::ctl
