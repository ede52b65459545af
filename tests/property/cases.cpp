// SPDX-License-Identifier: GPL-2.0-only
#include "property/cases.hpp"

#include "property/worlds.hpp"

#include "core/assignment.hpp"
#include "core/cell_policy.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <ostream>

namespace mitosis {

void showValue(const Party &party, std::ostream &out) // NOLINT(readability-identifier-naming)
{
    out << "cell " << index_of(party.cell) << ": demand " << party.demand.value_or(-1) << " weight "
        << party.weight << " x " << party.policy.weight << " min " << party.policy.min_cpus
        << " max " << party.policy.max_cpus.value_or(max_cpus) << (party.populated ? "" : " empty");
}

} // namespace mitosis

namespace mitosis::test {
namespace {

/// Bounds of which a third or so cannot be met.
CellPolicy any_bounds()
{
    CellPolicy policy;
    policy.min_cpus = *rc::gen::element(0U, 0U, 1U, 2U, 5U);
    if (const auto room = *rc::gen::element(0U, 1U, 3U, max_cpus); room < max_cpus)
        policy.max_cpus = std::max(1U, policy.min_cpus + room);
    return policy;
}

CellPolicy any_policy(const Topology &machine)
{
    CellPolicy policy = any_bounds();
    policy.weight = *rc::gen::element(10U, 100U, 100U, 100U, 200U, 1000U);
    policy.exclusive = *rc::gen::element(false, false, true);
    policy.borrow = *rc::gen::element(true, true, false);
    if (*rc::gen::element(false, false, true))
        policy.llcs.push_back(LlcId{*rc::gen::inRange(0U, machine.llc_count() + 1)});
    if (*rc::gen::element(false, false, true))
        policy.cpus = CpuSet::range(0, *rc::gen::inRange(0U, machine.online().count() + 1));
    return policy;
}

Party any_party(const Cell &cell, const Topology &machine)
{
    return {.cell = cell.id,
            .cpuset = cell.cpuset,
            .policy = any_policy(machine),
            .weight = *rc::gen::element(0.01, 1.0, 1.0, 1.0, 3.0, 100.0),
            .demand = *rc::gen::inRange(0, 80) / 10.0,
            .populated = cell.id == root_cell || *rc::gen::element(true, true, false)};
}

} // namespace

Case any_case(const rc::Gen<World> &worlds)
{
    Case drawn{.world = *worlds, .parties = {}};
    for (const Cell &cell : drawn.world.cells)
        drawn.parties.push_back(
            *rc::gen::exec([&] { return any_party(cell, drawn.world.machine()); }));
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
