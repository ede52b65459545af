// SPDX-License-Identifier: GPL-2.0-only
// Divisions on the layouts of real machines.
#include "core/assignment.hpp"
#include "core/assignment_check.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "core/splits.hpp"
#include "core/topology.hpp"
#include "core/virtual_llcs.hpp"
#include "support/builders.hpp"
#include "support/machines.hpp"
#include "support/print.hpp" // IWYU pragma: keep
#include "support/upstream_rule.hpp"
#include "sys/hwloc_topology.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mitosis::sys {
namespace {

using test::root_and;

Division equal(const Topology &machine, std::uint32_t cells)
{
    DivisionProblem problem;
    for (const Cell &cell : root_and(cells))
        problem.parties.push_back({.cell = cell.id, .cpuset = cell.cpuset});
    return divide(machine, problem);
}

class ARealMachine : public testing::TestWithParam<test::Machine> {
protected:
    Topology machine_ = topology_from_synthetic(std::string(GetParam().synthetic)).value();
};

TEST_P(ARealMachine, HasItsCpusLlcsAndNodes)
{
    EXPECT_EQ(machine_.online().count(), GetParam().cpus);
    EXPECT_EQ(machine_.llc_count(), GetParam().llcs);
    std::set<unsigned> nodes;
    for (const unsigned cpu : machine_.online())
        nodes.insert(machine_.node_of(cpu));
    EXPECT_EQ(nodes.size(), GetParam().nodes);
}

TEST_P(ARealMachine, IsDividedSoundlyWithoutMoreSplitsThanUpstreams)
{
    for (std::uint32_t cells = 1; cells < 8; ++cells) {
        const Assignment ours = equal(machine_, cells).assignment;
        EXPECT_EQ(first_violation(ours, machine_, root_and(cells)), std::nullopt);
        const auto theirs =
            test::upstream_division(machine_.online(), root_and(cells), std::nullopt);
        ASSERT_TRUE(theirs.has_value());
        EXPECT_LE(splits_of(machine_, ours), splits_of(machine_, *theirs)) << cells << " cells";
    }
}

TEST_P(ARealMachine, MovesOnlyTheShareOfANewCell)
{
    DivisionProblem problem{.parties = {}, .previous = equal(machine_, 3).assignment};
    for (const Cell &cell : root_and(4))
        problem.parties.push_back({.cell = cell.id, .cpuset = cell.cpuset});
    const Assignment after = divide(machine_, problem).assignment;
    EXPECT_EQ(moved_cpus(problem.previous, after), after.cells.back().primary.count());
}

INSTANTIATE_TEST_SUITE_P(Machines, ARealMachine, testing::ValuesIn(test::machines),
                         [](const auto &machine) {
                             std::string name(machine.param.name);
                             std::erase(name, '-');
                             return name;
                         });

class AHybridDesktop : public testing::Test {
protected:
    Topology machine_ =
        topology_from_xml(std::string(TEST_DATA) + "/topologies/hybrid-desktop.xml").value();
};

TEST_F(AHybridDesktop, HasCoresOfTwoKindsUnderOneLlc)
{
    EXPECT_EQ(machine_.online(), CpuSet::range(0, 23));
    EXPECT_EQ(machine_.llc_count(), 1U);
    EXPECT_EQ(machine_.siblings_of(3), (CpuSet{2, 3}));
    EXPECT_EQ(machine_.siblings_of(20), (CpuSet{20}));
}

TEST_F(AHybridDesktop, IsSplitByTheKindOfItsCores)
{
    const Topology split = split_llcs(machine_, {.min_cores = 5, .max_cores = 6});
    ASSERT_EQ(split.llc_count(), 2U);
    EXPECT_EQ(split.cpus_of(LlcId{0}), CpuSet::range(0, 15));
    EXPECT_EQ(split.cpus_of(LlcId{1}), CpuSet::range(16, 23));
}

TEST_F(AHybridDesktop, SplitsNoCore)
{
    EXPECT_EQ(splits_of(machine_, equal(machine_, 3).assignment), Splits{});
}

/// Eight CPUs with gaps in their numbers, of which two more are offline, under three unequal LLCs.
class AMachineWithGaps : public testing::Test {
protected:
    Topology machine_ = topology_from_xml(std::string(TEST_DATA) + "/topologies/gaps.xml").value();
};

TEST_F(AMachineWithGaps, HasOnlyTheCpusThatAreOnline)
{
    EXPECT_EQ(machine_.online(), test::cpus("0-3,6-8,64"));
    EXPECT_EQ(machine_.siblings_of(0), test::cpus("0,6"));
    EXPECT_EQ(machine_.siblings_of(3), test::cpus("3"));
    EXPECT_NE(machine_.node_of(64), machine_.node_of(8));
}

TEST_F(AMachineWithGaps, HasLlcsOfDifferentSizes)
{
    ASSERT_EQ(machine_.llc_count(), 3U);
    EXPECT_EQ(machine_.cpus_of(LlcId{0}), test::cpus("0-1,6-7"));
    EXPECT_EQ(machine_.cpus_of(LlcId{1}), test::cpus("2-3,8"));
    EXPECT_EQ(machine_.cpus_of(LlcId{2}), test::cpus("64"));
}

TEST_F(AMachineWithGaps, IsDividedSoundly)
{
    for (std::uint32_t cells = 1; cells < 10; ++cells) {
        const Division division = equal(machine_, cells);
        EXPECT_EQ(first_violation(division.assignment, machine_, root_and(cells)), std::nullopt);
        EXPECT_EQ(division.assignment.pooled.size(), cells < 8 ? 0U : cells - 7);
    }
}

TEST_F(AMachineWithGaps, GivesTwoCellsWholeLlcs)
{
    const Division division = equal(machine_, 1); // four CPUs each
    EXPECT_EQ(division.assignment.find(root_cell)->primary, test::cpus("0-1,6-7"));
    // The other has to be in two, which it has alone.
    EXPECT_EQ(splits_of(machine_, division.assignment).llcs, 1U);
}

} // namespace
} // namespace mitosis::sys
