// SPDX-License-Identifier: GPL-2.0-only
// What divide() promises, on random machines, cells, cpusets, demands, weights and bounds.
#include "property/cases.hpp"
#include "property/worlds.hpp"

#include "core/assignment.hpp"
#include "core/assignment_check.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace mitosis::test {
namespace {

rc::Gen<CpuSet> some_of(const CpuSet &cpus)
{
    const auto bits =
        rc::gen::container<std::vector<bool>>(cpus.count(), rc::gen::arbitrary<bool>());
    return rc::gen::map(bits, [cpus](const std::vector<bool> &is_member) {
        CpuSet some;
        auto member = is_member.begin();
        for (const unsigned cpu : cpus)
            if (*member++)
                some.insert(cpu);
        return some;
    });
}

RC_GTEST_PROP(Divide, NeverBreaksAnInvariant, ())
{
    const Case drawn = any_case(worlds());
    RC_ASSERT(first_violation(drawn.divided().assignment, drawn.world.machine(),
                              drawn.world.cells) == std::nullopt);
}

RC_GTEST_PROP(Divide, GivesTheRootCellWhatItMayUseOrNobodyElseTakes, ())
{
    Case drawn = any_case(worlds());
    const Topology machine = drawn.world.machine();
    const CpuSet left = *some_of(machine.online());
    drawn.parties.front().cpuset = left;
    drawn.world.cells.front().cpuset = left;
    const Assignment assignment = drawn.divided().assignment;
    RC_ASSERT(first_violation(assignment, machine, drawn.world.cells) == std::nullopt);
    const CpuSet others = assignment.cells.front().primary - left;
    for (const Party &party : drawn.parties)
        if (party.cell != root_cell && party.cpuset && !party.policy.max_cpus &&
            left.intersects(machine.online()))
            RC_ASSERT(!others.intersects(*party.cpuset));
}

RC_GTEST_PROP(Divide, NeverTakesACpuForARisingDemandOfItsOwn, ())
{
    Case drawn = any_case(worlds());
    const Sizes before = sizes(drawn.divided().assignment);
    const auto index = *rc::gen::inRange(std::size_t{0}, drawn.parties.size());
    drawn.parties[index].demand = *drawn.parties[index].demand + *rc::gen::inRange(1, 40) / 10.0;
    RC_ASSERT(sizes(drawn.divided().assignment)[index] >= before[index]);
}

RC_GTEST_PROP(Divide, NeverTakesACpuForARisingWeightOfItsOwn, ())
{
    Case drawn = any_case(worlds());
    const Sizes before = sizes(drawn.divided().assignment);
    const auto index = *rc::gen::inRange(std::size_t{0}, drawn.parties.size());
    drawn.parties[index].policy.weight *= *rc::gen::inRange(2U, 10U);
    RC_ASSERT(sizes(drawn.divided().assignment)[index] >= before[index]);
}

RC_GTEST_PROP(Divide, DoesNotDependOnTheOrderOfCells, ())
{
    Case drawn = any_case(worlds());
    const Assignment expected = drawn.divided().assignment;
    const auto keys = *rc::gen::container<std::vector<std::uint32_t>>(
        drawn.parties.size(), rc::gen::arbitrary<std::uint32_t>());
    std::ranges::sort(drawn.parties, {},
                      [&](const Party &party) { return keys[index_of(party.cell)]; });
    RC_ASSERT(drawn.divided().assignment == expected);
}

RC_GTEST_PROP(Divide, ChangesNoOwnerWhenAskedAgain, ())
{
    Case drawn = any_case(worlds());
    drawn.world.previous = drawn.divided().assignment;
    RC_ASSERT(drawn.divided().assignment == drawn.world.previous);
}

RC_GTEST_PROP(Divide, PoolsNoCellWithTasksWhileAnEmptyOneHasACpu, ())
{
    const Case drawn = any_case(worlds_without_cpusets());
    const Assignment assignment = drawn.divided().assignment;
    const auto holds = [&](const Party &party) {
        return !assignment.find(party.cell)->primary.empty();
    };
    const auto empty_holds = [&](const Party &party) { return !party.populated && holds(party); };
    const auto waits = [&](const Party &party) { return party.populated && !holds(party); };
    RC_ASSERT(!std::ranges::any_of(drawn.parties, waits) ||
              !std::ranges::any_of(drawn.parties, empty_holds));
}

RC_GTEST_PROP(Divide, NamesEveryUnmetMinimumAndNoOther, ())
{
    const Case drawn = any_case(worlds());
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

} // namespace
} // namespace mitosis::test
