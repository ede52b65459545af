// SPDX-License-Identifier: GPL-2.0-only
#include "core/lending.hpp"

#include "core/assignment.hpp"
#include "core/cell_policy.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/topology.hpp"

#include <cassert>
#include <cstddef>
#include <span>

namespace mitosis {
namespace {

Lend lend_of(const CellPolicy &policy)
{
    if (policy.exclusive)
        return Lend::none;
    return policy.lend_cores ? Lend::idle_cores : Lend::any;
}

CpuSet borrowable_by(const Party &party, const CellCpus &entry, const CpuSet &lent)
{
    if (!party.policy.borrow || entry.primary.empty())
        return {};
    const CpuSet others = lent - entry.primary;
    return party.cpuset ? others & *party.cpuset : others;
}

} // namespace

void add_lending(std::span<const Party> parties, const Topology &topology, Assignment &assignment)
{
    assert(parties.size() == assignment.cells.size());
    CpuSet lent = topology.online();
    for (std::size_t index = 0; index < parties.size(); ++index) {
        assignment.cells[index].lend = lend_of(parties[index].policy);
        if (assignment.cells[index].lend == Lend::none)
            lent -= assignment.cells[index].primary;
    }
    for (std::size_t index = 0; index < parties.size(); ++index)
        assignment.cells[index].borrowable =
            borrowable_by(parties[index], assignment.cells[index], lent);
}

} // namespace mitosis
