// SPDX-License-Identifier: GPL-2.0-only
#include "core/division.hpp"

#include "core/apportion.hpp"
#include "core/assignment.hpp"
#include "core/cell_policy.hpp"
#include "core/claim.hpp"
#include "core/cpu_kinds.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/lending.hpp"
#include "core/placement.hpp"
#include "core/quota.hpp"
#include "core/splits.hpp"
#include "core/topology.hpp"
#include "core/unmet.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace mitosis {
namespace {

/// Idle cells still differ by weight, and nothing is divided by zero.
constexpr double least_demand = 0.01;

std::vector<Party> by_cell(std::vector<Party> parties)
{
    std::ranges::sort(parties, {}, &Party::cell);
    return parties;
}

/// The CPUs that a cell without a known demand is taken to want: the average of those that are
/// known, or one when none is, so that all are equal.
double average_demand(std::span<const Party> parties)
{
    double sum = 0;
    double known = 0;
    for (const Party &party : parties)
        if (party.demand) {
            sum += *party.demand;
            known += 1;
        }
    return known > 0 ? sum / known : 1.0;
}

CpuSet preferred_by(const CellPolicy &policy, const Topology &topology)
{
    CpuSet preferred = policy.cpus.value_or(CpuSet{});
    for (const LlcId llc : policy.llcs)
        if (index_of(llc) < topology.llc_count())
            preferred |= topology.cpus_of(llc);
    return preferred;
}

unsigned maximum_of(const Party &party)
{
    return std::max(1U, party.policy.max_cpus.value_or(max_cpus));
}

CpuSet allowed_for(const Party &party, const CpuSet &online)
{
    return party.cpuset ? online & *party.cpuset : online;
}

/// The CPUs that a cell takes if nobody else does: no maximum keeps it from any that it may use.
CpuSet taken_by(const Party &party, const CpuSet &online)
{
    const CpuSet allowed = allowed_for(party, online);
    return maximum_of(party) < allowed.count() ? CpuSet{} : allowed;
}

/// By party, the root cell first. It may also have what nobody else is sure to take, though its
/// tasks may not run there: every CPU has an owner.
std::vector<CpuSet> allowed_by(std::span<const Party> parties, const CpuSet &online)
{
    std::vector<CpuSet> allowed;
    allowed.reserve(parties.size());
    CpuSet left = online;
    for (const Party &party : parties) {
        allowed.push_back(allowed_for(party, online));
        if (party.cell != root_cell)
            left -= taken_by(party, online);
    }
    allowed.front() |= left;
    if (allowed.front().empty())
        allowed.front() = online;
    return allowed;
}

Claim claim_of(const Party &party, const CpuSet &allowed, const Topology &topology,
               const Assignment &previous, double average)
{
    const CellCpus *before = previous.find(party.cell);
    const unsigned maximum = maximum_of(party);
    return {.cell = party.cell,
            .allowed = allowed,
            .held = before != nullptr ? before->primary & allowed : CpuSet{},
            .preferred = preferred_by(party.policy, topology) & allowed,
            .weight = party.weight * party.policy.weight / 100.0,
            .demand = std::max(least_demand, party.demand.value_or(average)),
            .minimum = std::min(party.policy.min_cpus, maximum),
            .maximum = maximum,
            .populated = party.populated};
}

std::vector<Claim> claims_of(std::span<const Party> parties, const Topology &topology,
                             const Assignment &previous)
{
    const double average = average_demand(parties);
    const std::vector<CpuSet> allowed = allowed_by(parties, topology.online());
    std::vector<Claim> claims;
    claims.reserve(parties.size());
    for (std::size_t index = 0; index < parties.size(); ++index)
        claims.push_back(claim_of(parties[index], allowed[index], topology, previous, average));
    return claims;
}

} // namespace

Division divide(const Topology &topology, const DivisionProblem &problem)
{
    const std::vector<Party> parties = by_cell(problem.parties);
    assert(!parties.empty() && parties.front().cell == root_cell);
    const std::vector<Claim> claims = claims_of(parties, topology, problem.previous);
    const CpuKinds kinds = kinds_of(topology.online(), claims);
    Division division{
        .assignment = {}, .quotas = quotas(topology.online().count(), claims), .unmet = {}};
    const Shares shares = apportion(kinds, claims, division.quotas);
    const std::vector<CpuSet> placed = place(topology, kinds, claims, shares);

    for (std::size_t index = 0; index < claims.size(); ++index) {
        division.assignment.cells.push_back({.cell = claims[index].cell,
                                             .primary = placed[index],
                                             .borrowable = {},
                                             .weight = parties[index].policy.weight});
        if (shares.count[index] == 0)
            division.assignment.pooled.push_back(claims[index].cell);
    }
    division.unmet = unmet_claims(parties, claims, shares.count);
    if (problem.borrowing == Borrowing::yes)
        add_lending(parties, topology, division.assignment);
    return division;
}

unsigned moved_cpus(const Assignment &before, const Assignment &after)
{
    unsigned count = 0;
    for (const CellCpus &entry : before.cells)
        if (const CellCpus *now = after.find(entry.cell))
            count += (entry.primary - now->primary).count();
    return count;
}

double share_error(const Assignment &assignment, std::span<const double> quotas)
{
    double difference = 0;
    double cpus = 0;
    for (std::size_t index = 0; index < quotas.size(); ++index) {
        const double share = assignment.cells[index].primary.count();
        difference += std::abs(share - quotas[index]);
        cpus += share;
    }
    return difference / 2 / cpus;
}

Splits splits_of(const Topology &topology, const Assignment &assignment)
{
    std::vector<CpuSet> owned;
    owned.reserve(assignment.cells.size());
    for (const CellCpus &entry : assignment.cells)
        owned.push_back(entry.primary);
    return splits_of(topology, owned);
}

} // namespace mitosis
