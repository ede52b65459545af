// SPDX-License-Identifier: GPL-2.0-only
// What divide() promises, on random machines, cells, cpusets, demands, weights and bounds.
#include "property/worlds.hpp"

#include "core/assignment.hpp"
#include "core/assignment_check.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "core/splits.hpp"
#include "core/topology.hpp"
#include "support/print.hpp" // IWYU pragma: keep
#include "support/upstream_rule.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <tuple>
#include <vector>

namespace mitosis {

/// rapidcheck finds it by its name.
void showValue(const Party &party, std::ostream &out) // NOLINT(readability-identifier-naming)
{
    out << "cell " << index_of(party.cell) << ": demand " << party.demand.value_or(-1) << " weight "
        << party.policy.weight << " min " << party.policy.min_cpus << " max "
        << party.policy.max_cpus.value_or(max_cpus);
}

} // namespace mitosis

namespace mitosis::test {
namespace {

/// Bounds that a party may have, or none.
enum class Bounds { none, some };

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
        [cell](double cpus, std::uint32_t share, std::uint32_t least, std::uint32_t more) {
            Party party{.cell = cell.id, .cpuset = cell.cpuset, .demand = cpus};
            party.policy.weight = share;
            party.policy.min_cpus = least;
            if (more < max_cpus)
                party.policy.max_cpus = std::max(1U, least + more);
            return party;
        },
        demand, weight, minimum, room);
}

struct Case {
    World world;
    std::vector<Party> parties;
    [[nodiscard]] DivisionProblem problem() const
    {
        return {.parties = parties, .previous = world.previous, .borrowing = Borrowing::yes};
    }
    [[nodiscard]] Division divided() const { return divide(world.machine(), problem()); }
};

Case any_case(const rc::Gen<World> &worlds, Bounds bounds)
{
    Case drawn{.world = *worlds, .parties = {}};
    for (const Cell &cell : drawn.world.cells)
        drawn.parties.push_back(*parties(cell, bounds));
    return drawn;
}

using Sizes = std::vector<unsigned>;
Sizes sizes(const Assignment &assignment)
{
    Sizes result;
    for (const CellCpus &entry : assignment.cells)
        result.push_back(entry.primary.count());
    return result;
}

Assignment to_assignment(const World &world, const Owners &owners)
{
    Assignment assignment;
    for (const Cell &cell : world.cells)
        assignment.cells.push_back({.cell = cell.id, .primary = {}, .borrowable = {}});
    const CpuSet online = world.machine().online();
    std::size_t position = 0;
    for (const unsigned cpu : online)
        assignment.cells[owners[position++]].primary.insert(cpu);
    return assignment;
}

/// What Webster's method minimises: the sum of (share - quota)^2 / quota.
double distance(const Sizes &shares, const std::vector<double> &quotas)
{
    double sum = 0;
    for (std::size_t index = 0; index < shares.size(); ++index)
        sum += (shares[index] - quotas[index]) * (shares[index] - quotas[index]) / quotas[index];
    return sum;
}

bool within_bounds(const Sizes &shares, const std::vector<Party> &parties)
{
    for (std::size_t index = 0; index < shares.size(); ++index)
        if (shares[index] < std::max(1U, parties[index].policy.min_cpus) ||
            shares[index] > parties[index].policy.max_cpus.value_or(max_cpus))
            return false;
    return true;
}

/// The least distance of a division of all CPUs within the bounds, and the fewest CPUs that one at
/// that distance moves; nothing when no division keeps the bounds.
std::optional<std::tuple<double, unsigned>> best_of_all(const Case &drawn,
                                                        const std::vector<double> &quotas)
{
    constexpr double same = 1e-6;
    std::optional<std::tuple<double, unsigned>> best;
    for_each_division(drawn.world, [&](const Owners &owners) {
        const Assignment candidate = to_assignment(drawn.world, owners);
        const Sizes shares = sizes(candidate);
        if (!within_bounds(shares, drawn.parties))
            return;
        const double far = distance(shares, quotas);
        const unsigned moved = moved_cpus(drawn.world.previous, candidate);
        if (!best || far < std::get<0>(*best) - same ||
            (far < std::get<0>(*best) + same && moved < std::get<1>(*best)))
            best = {far, moved};
    });
    return best;
}

RC_GTEST_PROP(Divide, NeverBreaksAnInvariant, ())
{
    const Case drawn = any_case(worlds(), Bounds::some);
    RC_ASSERT(first_violation(drawn.divided().assignment, drawn.world.machine(),
                              drawn.world.cells) == std::nullopt);
}

RC_GTEST_PROP(Divide, IsTheNearestToTheQuotasAndMovesTheFewestCpus, ())
{
    const Case drawn = any_case(worlds(tiny), Bounds::some);
    const Division division = drawn.divided();
    const auto best = best_of_all(drawn, division.quotas);
    RC_PRE(best.has_value());
    const Sizes shares = sizes(division.assignment);
    RC_ASSERT(within_bounds(shares, drawn.parties));
    RC_ASSERT(distance(shares, division.quotas) < std::get<0>(*best) + 1e-6);
    RC_ASSERT(moved_cpus(drawn.world.previous, division.assignment) <= std::get<1>(*best));
}

RC_GTEST_PROP(Divide, NeverTakesACpuForARisingDemandOfItsOwn, ())
{
    Case drawn = any_case(worlds(), Bounds::some);
    const Sizes before = sizes(drawn.divided().assignment);
    const auto index = *rc::gen::inRange(std::size_t{0}, drawn.parties.size());
    drawn.parties[index].demand = *drawn.parties[index].demand + *rc::gen::inRange(1, 40) / 10.0;
    RC_ASSERT(sizes(drawn.divided().assignment)[index] >= before[index]);
}

RC_GTEST_PROP(Divide, NeverTakesACpuForARisingWeightOfItsOwn, ())
{
    Case drawn = any_case(worlds(), Bounds::some);
    const Sizes before = sizes(drawn.divided().assignment);
    const auto index = *rc::gen::inRange(std::size_t{0}, drawn.parties.size());
    drawn.parties[index].policy.weight *= *rc::gen::inRange(2U, 10U);
    RC_ASSERT(sizes(drawn.divided().assignment)[index] >= before[index]);
}

RC_GTEST_PROP(Divide, DoesNotDependOnTheOrderOfCells, ())
{
    Case drawn = any_case(worlds(), Bounds::some);
    const Assignment expected = drawn.divided().assignment;
    const auto keys = *rc::gen::container<std::vector<std::uint32_t>>(
        drawn.parties.size(), rc::gen::arbitrary<std::uint32_t>());
    std::ranges::sort(drawn.parties, {},
                      [&](const Party &party) { return keys[index_of(party.cell)]; });
    RC_ASSERT(drawn.divided().assignment == expected);
}

RC_GTEST_PROP(Divide, ChangesNoOwnerWhenAskedAgain, ())
{
    Case drawn = any_case(worlds(), Bounds::some);
    drawn.world.previous = drawn.divided().assignment;
    RC_ASSERT(drawn.divided().assignment == drawn.world.previous);
}

RC_GTEST_PROP(Divide, NamesEveryUnmetMinimumAndNoOther, ())
{
    const Case drawn = any_case(worlds(), Bounds::some);
    const Division division = drawn.divided();
    for (std::size_t index = 0; index < drawn.parties.size(); ++index) {
        const unsigned got = division.assignment.cells[index].primary.count();
        const auto &policy = drawn.parties[index].policy;
        const bool unmet =
            got < std::max(1U, policy.min_cpus) || got > policy.max_cpus.value_or(max_cpus);
        RC_ASSERT(std::ranges::contains(division.unmet, drawn.parties[index].cell, &Unmet::cell) ==
                  unmet);
    }
}

RC_GTEST_PROP(Divide, SplitsNoMoreLlcsThanUpstreamForTheSameShares, ())
{
    Case drawn =
        any_case(worlds({.llcs = 4, .cores_per_llc = 4, .smt = 2, .cells = 4}), Bounds::none);
    drawn.world.previous = {};
    for (Party &party : drawn.parties)
        party = {.cell = party.cell, .cpuset = party.cpuset};
    const Topology machine = drawn.world.machine();
    const auto theirs = upstream_division(machine.online(), drawn.world.cells, std::nullopt);
    const Assignment ours = drawn.divided().assignment;
    RC_PRE(theirs.has_value());
    RC_PRE(sizes(*theirs) == sizes(ours));
    RC_ASSERT(splits_of(machine, ours).llcs <= splits_of(machine, *theirs).llcs);
}

} // namespace
} // namespace mitosis::test
