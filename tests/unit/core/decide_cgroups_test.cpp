// SPDX-License-Identifier: GPL-2.0-only
// decide() and what cgroups say of their cells: weights, and whether they have tasks.
#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/config.hpp"
#include "core/decide.hpp"
#include "core/division.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"
#include "support/builders.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace mitosis {
namespace {

using test::at;
using test::entry;
using test::owners;
using test::scan;

/// Eight CPUs, cells under "/work", no rebalancing.
class ADecisionOnCgroups : public testing::Test {
protected:
    ADecisionOnCgroups() { config_.cell_parent_cgroup = "/work"; }

    /// Decides and takes the outcome over, as if the kernel had accepted it.
    Decision scanned(double seconds, const CgroupScan &found)
    {
        Decision decision =
            decide(config_, topology_, state_, {.now = at(seconds), .sample = {}, .scan = found});
        state_ = decision.next;
        return decision;
    }

    [[nodiscard]] unsigned cpus_of_web() const
    {
        return state_.applied.find(CellId{1})->primary.count();
    }

    Config config_;
    Topology topology_ = test::flat(8);
    KnownState state_{.cells = CellTable(8)};
};

Trigger trigger_of(const Decision &decision)
{
    return std::get<Reassigned>(decision.events.back()).trigger;
}

/// One cell, "web", of this cpu.weight.
CgroupScan web_of_weight(std::uint32_t weight)
{
    CgroupScan found = scan({entry(7, "/work/web")});
    found.children[0].weight = weight;
    return found;
}

TEST_F(ADecisionOnCgroups, FollowsCpuWeight)
{
    scanned(0, web_of_weight(300));
    EXPECT_EQ(cpus_of_web(), 6U);
}

TEST_F(ADecisionOnCgroups, DividesAgainWhenAWeightChanges)
{
    scanned(0, web_of_weight(100));
    const Assignment before = state_.applied;
    const Decision decision = scanned(1, web_of_weight(300));
    ASSERT_TRUE(decision.apply.has_value());
    EXPECT_EQ(cpus_of_web(), 6U);
    EXPECT_EQ(moved_cpus(before, *decision.apply), 2U);
    EXPECT_EQ(trigger_of(decision), Trigger::cgroup);
    EXPECT_EQ(scanned(2, web_of_weight(300)).apply, std::nullopt);
}

TEST_F(ADecisionOnCgroups, FollowsThePolicysWeight)
{
    config_.cell_rules = {{.pattern = "web", .weight = 300}};
    scanned(0, web_of_weight(100));
    EXPECT_EQ(cpus_of_web(), 6U);
}

TEST_F(ADecisionOnCgroups, MultipliesTheWeightsOfPolicyAndCgroup)
{
    config_.cell_rules = {{.pattern = "web", .weight = 200}};
    scanned(0, web_of_weight(150));
    EXPECT_EQ(cpus_of_web(), 6U);
}

/// Two cells of which each has tasks or none.
CgroupScan a_and_b(bool a_has_tasks, bool b_has_tasks)
{
    CgroupScan found = scan({entry(7, "/work/a"), entry(8, "/work/b")});
    found.children[0].populated = a_has_tasks;
    found.children[1].populated = b_has_tasks;
    return found;
}

TEST_F(ADecisionOnCgroups, PoolsAnEmptyCellBeforeOneWithTasks)
{
    topology_ = test::flat(2);
    EXPECT_EQ(scanned(0, a_and_b(false, true)).status.pooled, std::vector{CellId{1}});
}

TEST_F(ADecisionOnCgroups, GivesTheCpuOfAnEmptyCellToAPooledOneThatGetsTasks)
{
    topology_ = test::flat(2);
    scanned(0, a_and_b(false, false));
    const Decision decision = scanned(1, a_and_b(false, true));
    ASSERT_TRUE(decision.apply.has_value());
    EXPECT_EQ(decision.apply->pooled, std::vector{CellId{1}});
    EXPECT_EQ(trigger_of(decision), Trigger::cgroup);
}

TEST_F(ADecisionOnCgroups, GivesTheCpuOfACellThatLosesItsTasksToAPooledOne)
{
    topology_ = test::flat(2);
    EXPECT_EQ(scanned(0, a_and_b(true, true)).status.pooled, std::vector{CellId{2}});
    EXPECT_EQ(scanned(1, a_and_b(false, true)).status.pooled, std::vector{CellId{1}});
}

TEST_F(ADecisionOnCgroups, LeavesItsCpuToWhoeverHasItWhileNobodyWithTasksHasNone)
{
    topology_ = test::flat(2);
    scanned(0, a_and_b(true, true));
    EXPECT_EQ(scanned(1, a_and_b(false, false)).apply, std::nullopt);
    EXPECT_EQ(scanned(2, a_and_b(true, false)).apply, std::nullopt);
    EXPECT_EQ(scanned(3, a_and_b(true, true)).apply, std::nullopt);
}

TEST_F(ADecisionOnCgroups, MovesNothingForTasksThatComeWhereCpusSuffice)
{
    scanned(0, a_and_b(true, false));
    state_.applied = owners({{0, "0"}, {1, "1"}, {2, "2-7"}}); // would be divided otherwise
    EXPECT_EQ(scanned(1, a_and_b(true, true)).apply, std::nullopt);
}

} // namespace
} // namespace mitosis
