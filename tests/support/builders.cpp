// SPDX-License-Identifier: GPL-2.0-only
#include "support/builders.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/ownership.hpp"
#include "core/sample.hpp"
#include "core/topology.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::test {

CpuSet cpus(std::string_view list)
{
    return parse_cpu_list(list).value();
}

Topology topology(unsigned llcs, unsigned cores_per_llc, unsigned smt)
{
    std::vector<CpuPlace> places;
    places.reserve(std::size_t{llcs} * cores_per_llc * smt);
    for (unsigned cpu = 0; cpu < llcs * cores_per_llc * smt; ++cpu)
        places.push_back(
            {.cpu = cpu, .core = cpu / smt, .llc = cpu / (smt * cores_per_llc), .node = 0});
    return Topology::from_places(places).value();
}

Topology flat(unsigned count)
{
    return topology(1, count, 1);
}

Topology split_siblings(unsigned cores)
{
    std::vector<CpuPlace> places;
    places.reserve(std::size_t{2} * cores);
    for (unsigned cpu = 0; cpu < 2 * cores; ++cpu)
        places.push_back({.cpu = cpu, .core = cpu % cores, .llc = 0, .node = 0});
    return Topology::from_places(places).value();
}

CellBuilder::CellBuilder(std::uint32_t id)
    : cell_{.id = CellId{id},
            .instance = id,
            .cgroup = CgroupId{id == 0 ? 0 : 1000 + std::uint64_t{id}},
            .path = id == 0 ? "/" : "/cell" + std::to_string(id),
            .cpuset = {},
            .created_at = {}}
{
}

CellBuilder CellBuilder::cpuset(std::string_view list) const
{
    CellBuilder narrowed = *this;
    narrowed.cell_.cpuset = cpus(list);
    return narrowed;
}

CellBuilder cell(std::uint32_t id)
{
    return CellBuilder(id);
}

std::vector<Cell> root_and(std::uint32_t count)
{
    std::vector<Cell> cells;
    for (std::uint32_t id = 0; id <= count; ++id)
        cells.push_back(cell(id));
    return cells;
}

CgroupEntry entry(std::uint64_t cgroup, std::string path)
{
    return {.id = CgroupId{cgroup}, .path = std::move(path), .cpuset = {}};
}

CgroupEntry entry(std::uint64_t cgroup, std::string path, std::string_view cpuset)
{
    return {.id = CgroupId{cgroup}, .path = std::move(path), .cpuset = cpus(cpuset)};
}

CgroupScan scan(std::vector<CgroupEntry> children)
{
    return {.parent_present = true, .children = std::move(children)};
}

Assignment owners(const std::vector<std::pair<std::uint32_t, std::string_view>> &by_cell)
{
    Assignment assignment;
    for (const auto &[id, list] : by_cell)
        assignment.cells.push_back({.cell = CellId{id}, .primary = cpus(list), .borrowable = {}});
    return assignment;
}

Ownership ownership_of(const Assignment &applied)
{
    Ownership ownership;
    for (const CellCpus &cell : applied.cells) {
        ownership.online |= cell.primary;
        for (const unsigned cpu : cell.primary) {
            if (cpu >= ownership.owners.size())
                ownership.owners.resize(cpu + 1);
            ownership.owners[cpu] = cell.cell;
        }
    }
    return ownership;
}

Sample ran(Clock::time_point taken_at,
           const std::vector<std::pair<std::uint32_t, std::uint64_t>> &run_ns)
{
    Sample sample{.taken_at = taken_at, .cells = {}, .drained = {}};
    for (const auto &[id, ns] : run_ns) {
        CellCounters total{};
        total.run_ns = ns;
        sample.cells.push_back({.cell = CellId{id}, .total = total, .run_ns_by_cpu = {ns}});
    }
    return sample;
}

} // namespace mitosis::test
