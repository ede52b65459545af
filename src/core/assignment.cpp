// SPDX-License-Identifier: GPL-2.0-only
#include "core/assignment.hpp"

#include "core/cell_table.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"

#include <span>

namespace mitosis {
const CellCpus *Assignment::find(CellId id) const
{
    const auto found = std::ranges::lower_bound(cells, id, {}, &CellCpus::cell);
    return found != cells.end() && found->cell == id ? &*found : nullptr;
}

Assignment assign_equally(const Topology &topology, std::span<const Cell> cells,
                          const Assignment &previous)
{
    DivisionProblem problem{.parties = {}, .previous = previous, .borrowing = Borrowing::no};
    for (const Cell &cell : cells)
        problem.parties.push_back({.cell = cell.id, .cpuset = cell.cpuset});
    return divide(topology, problem).assignment;
}

} // namespace mitosis
