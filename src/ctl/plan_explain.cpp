// SPDX-License-Identifier: GPL-2.0-only
// Why a plan is as it is, in words.
#include "core/assignment.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"
#include "ctl/client.hpp"
#include "ctl/failure.hpp"
#include "ctl/plan.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <expected>
#include <format>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace mitosis::ctl {
namespace {

std::string demand_line(const Party &party, double quota, unsigned cpus)
{
    const double weight = party.weight * party.policy.weight;
    const std::string demand = party.demand ? std::format("demands {:.2f} CPUs", *party.demand)
                                            : "has no known demand (an average one is assumed)";
    return std::format("It {} at weight {:g}, which makes a quota of {:.2f}; it gets {}.\n", demand,
                       weight, quota, cpus);
}

std::string bounds_line(const Party &party, const CpuSet &online)
{
    std::string line;
    if (party.cpuset && party.cell != root_cell)
        line += std::format("Its cpuset {} lets it use {} of the {} online CPUs.\n",
                            to_cpu_list(*party.cpuset), (*party.cpuset & online).count(),
                            online.count());
    if (party.policy.min_cpus > 0)
        line += std::format("Its policy asks for at least {}.\n", party.policy.min_cpus);
    if (party.policy.max_cpus)
        line += std::format("Its policy allows at most {}.\n", *party.policy.max_cpus);
    return line;
}

std::string change_line(const CpuSet &before, const CpuSet &now)
{
    if (before.empty())
        return now.empty() ? "" : "It had none before.\n";
    if (before == now)
        return "It keeps what it had.\n";
    std::string line = "Of " + to_cpu_list(before) + " it keeps " +
                       ((before & now).empty() ? "nothing" : to_cpu_list(before & now));
    if (!(now - before).empty())
        line += ", gains " + to_cpu_list(now - before);
    if (!(before - now).empty())
        line += ", gives up " + to_cpu_list(before - now);
    return line + ".\n";
}

std::string lending_line(const PlanProblem &problem, const Party &party, const CellCpus &entry)
{
    if (problem.division.borrowing == Borrowing::no)
        return "Nobody borrows in this plan.\n";
    std::string line = entry.borrowable.empty()
                           ? "It may borrow nothing"
                           : "It may borrow " + to_cpu_list(entry.borrowable) + " while idle";
    line += party.policy.exclusive    ? "; it lends nothing (exclusive).\n"
            : party.policy.lend_cores ? "; it lends CPUs of wholly idle cores.\n"
                                      : "; it lends its idle CPUs.\n";
    return line;
}

std::string explain_cell(const PlanProblem &problem, const Plan &plan, std::size_t index)
{
    const Party &party = problem.division.parties[index];
    const CellCpus &entry = plan.division.assignment.cells[index];
    std::string text =
        std::format("Cell {} ({}): CPUs {}\n", problem.ids[index], problem.names[index],
                    entry.primary.empty() ? "none" : to_cpu_list(entry.primary));
    text += demand_line(party, plan.division.quotas[index], entry.primary.count());
    text += bounds_line(party, problem.topology.online());
    text += change_line(problem.division.previous.cells[index].primary, entry.primary);
    text += lending_line(problem, party, entry);
    for (const Unmet &each : plan.division.unmet)
        if (each.cell == entry.cell)
            text += std::format("Its claim \"{}\" is not met ({} instead): {}.\n", each.claim,
                                each.got, each.why);
    if (entry.primary.empty())
        text += "Its tasks run in the root cell until a CPU is left for it.\n";
    return text;
}

std::optional<std::size_t> owner_in(const Assignment &assignment, unsigned cpu)
{
    for (std::size_t index = 0; index < assignment.cells.size(); ++index)
        if (assignment.cells[index].primary.contains(cpu))
            return index;
    return std::nullopt;
}

std::string claimants_line(const PlanProblem &problem, unsigned cpu)
{
    std::string names;
    for (std::size_t index = 0; index < problem.names.size(); ++index) {
        const Party &party = problem.division.parties[index];
        if (party.cell == root_cell || !party.cpuset || party.cpuset->contains(cpu))
            names += (names.empty() ? "" : ", ") + problem.names[index];
    }
    return "It may be given to: " + names + ".\n";
}

std::string owner_line(const PlanProblem &problem, const Plan &plan, unsigned cpu)
{
    const auto before = owner_in(problem.division.previous, cpu);
    const std::size_t now = *owner_in(plan.division.assignment, cpu);
    if (!before)
        return "Nobody had it before.\n";
    if (*before == now)
        return "It stays with its owner, so that its caches stay warm.\n";
    const auto &was = problem.names[*before];
    const double quota = plan.division.quotas[*before];
    const unsigned had = problem.division.previous.cells[*before].primary.count();
    return std::format("It leaves {}, which had {} CPUs and is due {:.2f}.\n", was, had, quota);
}

std::string explain_cpu(const PlanProblem &problem, const Plan &plan, unsigned cpu)
{
    const Topology &topology = problem.topology;
    const std::size_t owner = *owner_in(plan.division.assignment, cpu);
    return std::format("CPU {} (LLC {}, threads of its core {}, node {}): owned by {}\n", cpu,
                       index_of(topology.llc_of(cpu)), to_cpu_list(topology.siblings_of(cpu)),
                       topology.node_of(cpu), problem.names[owner]) +
           claimants_line(problem, cpu) + owner_line(problem, plan, cpu) +
           std::format("{} gets {} CPUs for a quota of {:.2f}.\n", problem.names[owner],
                       plan.division.assignment.cells[owner].primary.count(),
                       plan.division.quotas[owner]);
}

std::optional<unsigned> cpu_number(std::string_view text)
{
    if (text.starts_with("cpu"))
        text.remove_prefix(3);
    unsigned cpu = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cpu);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(cpu)
                                                                    : std::nullopt;
}

} // namespace

Answer<std::string> explain(const PlanProblem &problem, const Plan &plan, std::string_view subject)
{
    const auto named = std::ranges::find(problem.names, subject);
    if (named != problem.names.end())
        return explain_cell(problem, plan, static_cast<std::size_t>(named - problem.names.begin()));
    if (const auto cpu = cpu_number(subject); cpu && problem.topology.online().contains(*cpu))
        return explain_cpu(problem, plan, *cpu);
    return std::unexpected(Failure{ExitStatus::usage, "there is no cell and no online CPU \"" +
                                                          std::string(subject) + "\""});
}

} // namespace mitosis::ctl
