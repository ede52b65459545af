// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/plan_topology.hpp"

#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/topology.hpp"
#include "ctl/plan_fields.hpp"
#include "sys/hwloc_topology.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::ctl {
namespace {

using Json = nlohmann::json;

std::optional<Topology> checked(Result<Topology> topology, Complaint &complaint)
{
    if (topology)
        return *std::move(topology);
    complaint.add("topology: " + to_string(topology.error()));
    return std::nullopt;
}

/// The group of each CPU by a list of CPU lists, numbered from `first`; CPUs in none of them keep
/// what they have.
void number_groups(const Fields &fields, std::string_view key, std::vector<std::uint32_t> &group,
                   Complaint &complaint)
{
    const Json *lists = fields.member(key);
    if (lists == nullptr)
        return;
    if (!lists->is_array())
        complaint.add(fields.path_of(key) + " must be an array of CPU lists");
    std::uint32_t number = max_cpus; // no CPU's own number
    for (std::size_t index = 0; index < lists->size() && lists->is_array(); ++index, ++number)
        if (const auto cpus =
                read_cpus((*lists)[index], fields.path_of(key) + "[" + std::to_string(index) + "]",
                          complaint))
            for (const unsigned cpu : *cpus)
                group[cpu] = number;
}

std::optional<Topology> listed(const Fields &fields, Complaint &complaint)
{
    const auto cpus = fields.cpus("cpus");
    if (!cpus) {
        complaint.add("topology must be text, or have \"cpus\", \"xml\" or \"synthetic\"");
        return std::nullopt;
    }
    std::vector<std::uint32_t> llcs(max_cpus, 0);
    std::vector<std::uint32_t> nodes(max_cpus, 0);
    std::vector<std::uint32_t> cores(max_cpus, 0);
    for (const unsigned cpu : *cpus)
        cores[cpu] = cpu;
    number_groups(fields, "llcs", llcs, complaint);
    number_groups(fields, "nodes", nodes, complaint);
    number_groups(fields, "cores", cores, complaint);
    std::vector<CpuPlace> places;
    for (const unsigned cpu : *cpus)
        places.push_back({.cpu = cpu, .core = cores[cpu], .llc = llcs[cpu], .node = nodes[cpu]});
    return checked(Topology::from_places(places), complaint);
}

} // namespace

std::optional<Topology> read_plan_topology(const Json *value, Complaint &complaint)
{
    if (value == nullptr)
        return checked(sys::read_topology(), complaint);
    if (value->is_string())
        return checked(sys::topology_from_synthetic(value->get<std::string>()), complaint);
    const Fields fields(*value, "topology", complaint);
    if (const auto file = fields.text("xml"))
        return checked(sys::topology_from_xml(*file), complaint);
    if (const auto synthetic = fields.text("synthetic"))
        return checked(sys::topology_from_synthetic(*synthetic), complaint);
    return listed(fields, complaint);
}

} // namespace mitosis::ctl
