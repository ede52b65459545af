// SPDX-License-Identifier: GPL-2.0-only
// From JSON, or from what the service says, to a problem.
#include "core/assignment.hpp"
#include "core/cell_policy.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"
#include "core/virtual_llcs.hpp"
#include "ctl/client.hpp"
#include "ctl/failure.hpp"
#include "ctl/plan.hpp"
#include "ctl/plan_fields.hpp"
#include "ctl/plan_topology.hpp"
#include "ctl/snapshot.hpp"
#include "sys/hwloc_topology.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mitosis::ctl {
namespace {

using Json = nlohmann::json;
constexpr std::string_view root_name = "root";

/// A cell as it was listed; demand is a part of its CPUs.
struct Listed {
    std::string name;
    Party party;
    std::optional<double> demand;
};

std::vector<LlcId> read_llcs(const Fields &fields)
{
    std::vector<LlcId> llcs;
    // The same notation serves for LLC numbers: "0-1,4".
    const CpuSet numbers = fields.cpus("llcs").value_or(CpuSet{});
    for (const unsigned llc : numbers)
        llcs.push_back(LlcId{llc});
    return llcs;
}

CellPolicy read_policy(const Fields &fields)
{
    CellPolicy policy;
    policy.min_cpus = fields.count("min-cpus", 0).value_or(policy.min_cpus);
    policy.max_cpus = fields.count("max-cpus", 1);
    policy.weight = fields.count("weight", 1).value_or(policy.weight);
    policy.exclusive = fields.flag("exclusive").value_or(policy.exclusive);
    policy.lend_cores = fields.flag("lend-cores").value_or(policy.lend_cores);
    policy.borrow = fields.flag("borrow").value_or(policy.borrow);
    policy.llcs = read_llcs(fields);
    policy.cpus = fields.cpus("cpus");
    return policy;
}

Listed read_cell(const Json &value, const std::string &path, Complaint &complaint)
{
    const Fields fields(value, path, complaint);
    Listed cell{.name = fields.text("name").value_or(""), .party = {}, .demand = {}};
    if (cell.name.empty())
        complaint.add(path + " needs a name");
    cell.party.cpuset = fields.cpus("cpuset");
    if (cell.party.cpuset && cell.party.cpuset->empty())
        cell.party.cpuset.reset(); // as an empty cpuset.cpus means: no restriction
    cell.party.policy = read_policy(fields);
    cell.party.weight = fields.count("cpu-weight", 1).value_or(100) / 100.0;
    cell.party.populated = fields.flag("populated").value_or(cell.party.populated);
    cell.demand = fields.number("demand", 0);
    return cell;
}

/// By name, the root cell first, so that ids do not depend on the order of listing.
std::vector<Listed> read_cells(const Fields &problem, Complaint &complaint)
{
    std::vector<Listed> cells;
    if (const Json *listed = problem.member("cells")) {
        if (!listed->is_array())
            complaint.add("cells must be an array");
        for (std::size_t index = 0; index < listed->size() && listed->is_array(); ++index)
            cells.push_back(
                read_cell((*listed)[index], "cells[" + std::to_string(index) + "]", complaint));
    }
    if (!std::ranges::contains(cells, root_name, &Listed::name))
        cells.push_back({.name = std::string(root_name), .party = {}, .demand = {}});
    std::ranges::sort(
        cells, {}, [](const Listed &cell) { return std::pair(cell.name != root_name, cell.name); });
    const auto twice = std::ranges::adjacent_find(cells, {}, &Listed::name);
    if (twice != cells.end())
        complaint.add("there are two cells called \"" + twice->name + "\"");
    return cells;
}

std::map<std::string, CpuSet> read_previous(const Fields &problem, const CpuSet &online,
                                            Complaint &complaint)
{
    std::map<std::string, CpuSet> previous;
    const Json *listed = problem.member("previous");
    if (listed == nullptr)
        return previous;
    if (!listed->is_object()) {
        complaint.add("previous must be an object: cell to CPUs");
        return previous;
    }
    CpuSet owned;
    for (const auto &[name, value] : listed->items()) {
        const auto cpus = read_cpus(value, "previous." + name, complaint);
        if (!cpus)
            continue;
        if (cpus->intersects(owned))
            complaint.add("previous." + name + " has CPUs that another cell has, too");
        owned |= *cpus;
        previous[name] = *cpus & online;
    }
    return previous;
}

/// Of a cell that had CPUs, demand is a part of those; of any other, of an equal share.
double in_cpus(double ratio, unsigned previous, double equal_share)
{
    return ratio * (previous > 0 ? previous : equal_share);
}

PlanProblem to_problem(Topology topology, std::vector<Listed> cells,
                       const std::map<std::string, CpuSet> &previous, Borrowing borrowing)
{
    const double equal_share =
        static_cast<double>(topology.online().count()) / static_cast<double>(cells.size());
    PlanProblem problem{.topology = std::move(topology),
                        .ids = {},
                        .names = {},
                        .division = {.parties = {}, .previous = {}, .borrowing = borrowing}};
    for (Listed &cell : cells) {
        const CellId id{static_cast<std::uint32_t>(problem.names.size())};
        const auto before = previous.find(cell.name);
        const CpuSet held = before != previous.end() ? before->second : CpuSet{};
        cell.party.cell = id;
        if (cell.demand)
            cell.party.demand = in_cpus(*cell.demand, held.count(), equal_share);
        problem.ids.push_back(index_of(id));
        problem.names.push_back(cell.name);
        problem.division.parties.push_back(std::move(cell.party));
        problem.division.previous.cells.push_back({.cell = id, .primary = held, .borrowable = {}});
    }
    return problem;
}

/// The last part of its path, or where other cells have the same the whole of it.
std::string name_of(const CellSnapshot &cell, std::span<const CellSnapshot> cells)
{
    const auto last_part = [](const CellSnapshot &of) {
        return of.id == 0 ? std::string(root_name) : of.cgroup.substr(of.cgroup.rfind('/') + 1);
    };
    const std::string name = last_part(cell);
    const auto called_so =
        std::ranges::count_if(cells, [&](const auto &each) { return last_part(each) == name; });
    return cell.id != 0 && called_so > 1 ? cell.cgroup : name;
}

/// Of a service that tells no claims what it uses counts as its demand.
Listed listed(const CellSnapshot &cell, std::span<const CellSnapshot> cells)
{
    Listed each{.name = name_of(cell, cells), .party = cell.claim.value_or(Party{}), .demand = {}};
    if (!cell.claim)
        each.demand = cell.utilization;
    if (!cell.requested_cpus.empty())
        each.party.cpuset = to_set(cell.requested_cpus);
    return each;
}

/// What the service is set to; that type's nothing when it does not say.
template <class Type> Type setting(const ServiceSnapshot &service, std::string_view name)
{
    const auto found = service.config.find(std::string(name));
    const Type *value = found != service.config.end() ? std::get_if<Type>(&found->second) : nullptr;
    return value != nullptr ? *value : Type{};
}

/// As the service divides it.
Topology with_llcs_of(Topology machine, const ServiceSnapshot &service)
{
    const auto sizes = parse_virtual_llcs(setting<std::string>(service, "virt-llc"));
    if (!sizes || !setting<bool>(service, "enable-llc-awareness"))
        return machine;
    return split_llcs(machine, *sizes);
}

} // namespace

Answer<PlanProblem> parse_plan(std::string_view json)
{
    const Json document = Json::parse(json, nullptr, false);
    if (document.is_discarded())
        return std::unexpected(Failure{ExitStatus::usage, "the problem is not JSON"});
    Complaint complaint;
    const Fields problem(document, "", complaint);
    auto topology = read_plan_topology(problem.member("topology"), complaint);
    std::vector<Listed> cells = read_cells(problem, complaint);
    const auto previous =
        read_previous(problem, topology ? topology->online() : CpuSet{}, complaint);
    const bool borrowing = problem.flag("borrowing").value_or(false);
    if (complaint.first())
        return std::unexpected(Failure{ExitStatus::usage, *complaint.first()});
    return to_problem(*std::move(topology), std::move(cells), previous,
                      borrowing ? Borrowing::yes : Borrowing::no);
}

Answer<PlanProblem> live_plan(const ServiceSnapshot &service, std::span<const CellSnapshot> cells)
{
    auto topology = sys::read_topology();
    if (!topology)
        return std::unexpected(Failure{ExitStatus::failure, to_string(topology.error())});
    std::vector<Listed> all;
    std::map<std::string, CpuSet> previous;
    std::vector<std::uint32_t> ids;
    for (const CellSnapshot &cell : cells) {
        all.push_back(listed(cell, cells));
        previous[all.back().name] = to_set(cell.cpus);
        ids.push_back(cell.id);
    }
    PlanProblem problem =
        to_problem(with_llcs_of(*std::move(topology), service), std::move(all), previous,
                   setting<bool>(service, "enable-borrowing") ? Borrowing::yes : Borrowing::no);
    problem.ids = std::move(ids);
    return problem;
}

} // namespace mitosis::ctl
