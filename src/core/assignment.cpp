// SPDX-License-Identifier: GPL-2.0-only
#include "core/assignment.hpp"

#include "core/apportion.hpp"
#include "core/cell_table.hpp"
#include "core/claim.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/placement.hpp"
#include "core/topology.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <span>
#include <vector>

namespace mitosis {
namespace {

std::vector<Claim> claims_of(const CpuSet &online, std::span<const Cell> cells,
                             const Assignment &previous)
{
    std::vector<Claim> claims;
    for (const Cell &cell : cells) {
        const CpuSet allowed = cell.cpuset ? online & *cell.cpuset : online;
        const CellCpus *before = previous.find(cell.id);
        claims.push_back({.cell = cell.id,
                          .allowed = allowed,
                          .held = before != nullptr ? before->primary & allowed : CpuSet{}});
    }
    std::ranges::sort(claims, {}, &Claim::cell);
    return claims;
}

} // namespace

const CellCpus *Assignment::find(CellId id) const
{
    const auto found = std::ranges::lower_bound(cells, id, {}, &CellCpus::cell);
    return found != cells.end() && found->cell == id ? &*found : nullptr;
}

Assignment assign_equally(const Topology &topology, std::span<const Cell> cells,
                          const Assignment &previous)
{
    const std::vector<Claim> claims = claims_of(topology.online(), cells, previous);
    assert(!claims.empty() && claims.front().cell == root_cell);
    const std::vector<unsigned> shares = apportion_equally(topology.online(), claims);
    const std::vector<CpuSet> placed = place(topology, claims, shares);

    Assignment assignment;
    for (std::size_t index = 0; index < claims.size(); ++index) {
        assignment.cells.push_back(
            {.cell = claims[index].cell, .primary = placed[index], .borrowable = {}});
        if (shares[index] == 0)
            assignment.pooled.push_back(claims[index].cell);
    }
    return assignment;
}

} // namespace mitosis
