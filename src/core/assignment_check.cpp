// SPDX-License-Identifier: GPL-2.0-only
#include "core/assignment_check.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace mitosis {
namespace {

using Violation = std::optional<std::string>;

std::string name(CellId id)
{
    return "cell " + std::to_string(index_of(id));
}

const Cell *find_cell(std::span<const Cell> cells, CellId id)
{
    const auto cell = std::ranges::find(cells, id, &Cell::id);
    return cell != cells.end() ? &*cell : nullptr;
}

Violation check_members(const Assignment &assignment, std::span<const Cell> cells)
{
    if (!std::ranges::is_sorted(assignment.cells, std::less_equal{}, &CellCpus::cell))
        return "the cells are not in order, or one is listed twice";
    for (const CellCpus &entry : assignment.cells)
        if (find_cell(cells, entry.cell) == nullptr)
            return name(entry.cell) + " is not known";
    for (const Cell &cell : cells)
        if (assignment.find(cell.id) == nullptr)
            return name(cell.id) + " is missing";
    return std::nullopt;
}

Violation check_pooled(const Assignment &assignment)
{
    if (!std::ranges::is_sorted(assignment.pooled, std::less_equal{}))
        return "the pooled cells are not in order, or one is listed twice";
    if (std::ranges::contains(assignment.pooled, root_cell))
        return "the root cell is pooled";
    for (const CellId id : assignment.pooled)
        if (assignment.find(id) == nullptr)
            return name(id) + " is pooled but not assigned";
    return std::nullopt;
}

Violation check_cell(const CellCpus &entry, const Cell &cell, const Topology &topology, bool pooled)
{
    if (entry.primary.empty() != pooled)
        return name(cell.id) + (pooled ? " is pooled but owns CPUs" : " owns no CPU");
    const CpuSet used = entry.primary | entry.borrowable;
    if (const auto cpu = (used - topology.online()).first())
        return name(cell.id) + " has CPU " + std::to_string(*cpu) + ", which is not online";
    const bool is_bound = cell.cpuset && cell.id != root_cell; // which has what no other takes
    if (is_bound && !cell.cpuset->includes(used))
        return name(cell.id) + " has CPUs " + to_cpu_list(used - *cell.cpuset) +
               " outside its cpuset";
    if (entry.primary.intersects(entry.borrowable))
        return name(cell.id) + " borrows from itself";
    return std::nullopt;
}

Violation check_owners(const Assignment &assignment, const CpuSet &online)
{
    CpuSet owned;
    for (const CellCpus &entry : assignment.cells) {
        if (const auto cpu = (owned & entry.primary).first())
            return "CPU " + std::to_string(*cpu) + " has two owners";
        owned |= entry.primary;
    }
    if (const auto cpu = (online - owned).first())
        return "CPU " + std::to_string(*cpu) + " has no owner";
    return std::nullopt;
}

} // namespace

std::optional<std::string> first_violation(const Assignment &assignment, const Topology &topology,
                                           std::span<const Cell> cells)
{
    if (auto violation = check_members(assignment, cells))
        return violation;
    if (auto violation = check_pooled(assignment))
        return violation;
    for (const CellCpus &entry : assignment.cells) {
        const bool pooled = std::ranges::binary_search(assignment.pooled, entry.cell);
        if (auto violation = check_cell(entry, *find_cell(cells, entry.cell), topology, pooled))
            return violation;
    }
    return check_owners(assignment, topology.online());
}

} // namespace mitosis
