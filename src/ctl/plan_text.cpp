// SPDX-License-Identifier: GPL-2.0-only
// A plan for people: a table, a map of the CPUs.
#include "core/assignment.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"
#include "ctl/plan.hpp"
#include "ctl/table.hpp"

#include <cstddef>
#include <cstdint>
#include <format>
#include <string>
#include <vector>

namespace mitosis::ctl {
namespace {

std::string list_or_dash(const CpuSet &cpus)
{
    return cpus.empty() ? "-" : to_cpu_list(cpus);
}

std::vector<std::string> row(const PlanProblem &problem, const Plan &plan, std::size_t index)
{
    const CellCpus &entry = plan.division.assignment.cells[index];
    const CpuSet before = problem.division.previous.cells[index].primary;
    return {std::to_string(problem.ids[index]),
            problem.names[index],
            list_or_dash(entry.primary),
            std::to_string(entry.primary.count()),
            std::format("{:.2f}", plan.division.quotas[index]),
            list_or_dash(entry.primary - before),
            list_or_dash(before - entry.primary),
            list_or_dash(entry.borrowable)};
}

std::string owner_of(const PlanProblem &problem, const Plan &plan, unsigned cpu)
{
    for (std::size_t index = 0; index < problem.names.size(); ++index)
        if (plan.division.assignment.cells[index].primary.contains(cpu))
            return problem.names[index];
    return "";
}

std::string owners_in(const PlanProblem &problem, const Plan &plan, const CpuSet &llc)
{
    std::string line;
    CpuSet left = llc;
    while (const auto cpu = left.first()) {
        const std::string owner = owner_of(problem, plan, *cpu);
        CpuSet together;
        for (const unsigned other : left)
            if (owner_of(problem, plan, other) == owner)
                together.insert(other);
        line += (line.empty() ? "" : "  ") + owner + " " + to_cpu_list(together);
        left -= together;
    }
    return line;
}

std::string map_of(const PlanProblem &problem, const Plan &plan)
{
    std::string map;
    for (std::uint32_t llc = 0; llc < problem.topology.llc_count(); ++llc)
        map += std::format("LLC {:<3} {}\n", llc,
                           owners_in(problem, plan, problem.topology.cpus_of(LlcId{llc})));
    return map;
}

} // namespace

std::string plan_text(const PlanProblem &problem, const Plan &plan)
{
    const std::vector<Column> columns{
        {"ID", Align::right},    {"CELL"},   {"CPUS"}, {"N", Align::right},
        {"QUOTA", Align::right}, {"GAINED"}, {"LOST"}, {"BORROWABLE"}};
    std::vector<std::vector<std::string>> rows;
    for (std::size_t index = 0; index < problem.names.size(); ++index)
        rows.push_back(row(problem, plan, index));
    std::string text = render_table(columns, rows) + "\n" + map_of(problem, plan) + "\n";
    text += std::format(
        "moved {}, share error {:.1f}%, splits: {} of LLCs, {} of nodes, {} of cores\n", plan.moved,
        plan.share_error * 100, plan.splits.llcs, plan.splits.nodes, plan.splits.cores);
    for (const Unmet &each : plan.division.unmet)
        text += std::format("unmet: {} wants {}, got {}: {}\n", problem.names[index_of(each.cell)],
                            each.claim, each.got, each.why);
    return text;
}

} // namespace mitosis::ctl
