// SPDX-License-Identifier: GPL-2.0-only
#include "property/cases.hpp"

#include "property/worlds.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <ostream>

namespace mitosis {

void showValue(const Party &party, std::ostream &out) // NOLINT(readability-identifier-naming)
{
    out << "cell " << index_of(party.cell) << ": demand " << party.demand.value_or(-1) << " weight "
        << party.policy.weight << " min " << party.policy.min_cpus << " max "
        << party.policy.max_cpus.value_or(max_cpus) << (party.populated ? "" : " empty");
}

} // namespace mitosis

namespace mitosis::test {
namespace {

rc::Gen<Party> parties(const Cell &cell, Bounds bounds)
{
    const auto demand =
        rc::gen::map(rc::gen::inRange(0, 80), [](int tenths) { return tenths / 10.0; });
    const auto weight = rc::gen::element(10U, 100U, 100U, 100U, 200U, 1000U);
    const auto minimum =
        bounds == Bounds::none ? rc::gen::just(0U) : rc::gen::element(0U, 0U, 1U, 2U, 5U);
    const auto room =
        bounds == Bounds::none ? rc::gen::just(max_cpus) : rc::gen::element(0U, 1U, 3U, max_cpus);
    return rc::gen::apply(
        [cell](double cpus, std::uint32_t share, std::uint32_t least, std::uint32_t more,
               bool populated) {
            Party party{.cell = cell.id, .cpuset = cell.cpuset, .demand = cpus};
            party.populated = populated || cell.id == root_cell;
            party.policy.weight = share;
            party.policy.min_cpus = least;
            if (more < max_cpus)
                party.policy.max_cpus = std::max(1U, least + more);
            return party;
        },
        demand, weight, minimum, room, rc::gen::element(true, true, false));
}

} // namespace

Case any_case(const rc::Gen<World> &worlds, Bounds bounds)
{
    Case drawn{.world = *worlds, .parties = {}};
    for (const Cell &cell : drawn.world.cells)
        drawn.parties.push_back(*parties(cell, bounds));
    return drawn;
}

Sizes sizes(const Assignment &assignment)
{
    Sizes result;
    for (const CellCpus &entry : assignment.cells)
        result.push_back(entry.primary.count());
    return result;
}

} // namespace mitosis::test
