// SPDX-License-Identifier: GPL-2.0-only
#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/config.hpp"
#include "core/decide.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "core/tally.hpp"
#include "core/topology.hpp"
#include "support/builders.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <variant>
#include <vector>

namespace mitosis {
namespace {

using test::at;
using test::cpus;
using test::entry;
using test::owners;
using test::ran;
using test::scan;

/// Eight CPUs in two LLCs, cells under "/work".
class ADecision : public testing::Test {
protected:
    ADecision() { config_.cell_parent_cgroup = "/work"; }

    /// Decides and takes the outcome over, as if the kernel had accepted it.
    Decision decide_next(const Inputs &inputs)
    {
        Decision decision = decide(config_, topology_, state_, inputs);
        state_ = decision.next;
        return decision;
    }
    Decision scanned(double seconds, const CgroupScan &found)
    {
        return decide_next({.now = at(seconds), .sample = {}, .scan = found});
    }
    Decision sampled(const Sample &sample)
    {
        return decide_next({.now = sample.taken_at, .sample = sample, .scan = {}});
    }
    Decision triggered(Trigger trigger)
    {
        return decide_next({.now = at(9), .sample = {}, .scan = {}, .trigger = trigger});
    }

    Config config_;
    Topology topology_ = test::topology(2, 4, 1);
    KnownState state_{.cells = CellTable(4)};
};

/// The reassignment that was decided; one of generation 0 when there is none.
Reassigned reassigned(const Decision &decision)
{
    for (const Event &event : decision.events)
        if (const auto *found = std::get_if<Reassigned>(&event))
            return *found;
    return {};
}

template <class Kind> std::size_t count_of(const Decision &decision)
{
    return static_cast<std::size_t>(std::ranges::count_if(
        decision.events, [](const Event &event) { return std::holds_alternative<Kind>(event); }));
}

TEST_F(ADecision, AppliesAConfigurationAtStartup)
{
    const Decision decision = scanned(0, scan({}));
    EXPECT_EQ(decision.apply, owners({{0, "0-7"}}));
    EXPECT_EQ(decision.next.generation, 1U);
    EXPECT_EQ(reassigned(decision).trigger, Trigger::startup);
    EXPECT_EQ(reassigned(decision).generation, 1U);
}

TEST_F(ADecision, LeavesAPartitionToItsCell)
{
    CgroupScan found = scan({entry(7, "/work/web")});
    scanned(0, found);
    found.children[0].cpuset = cpus("6-7");
    found.root_cpuset = cpus("0-5");
    EXPECT_EQ(scanned(1, found).apply, owners({{0, "0-5"}, {1, "6-7"}}));
    found.parent_present = false;
    EXPECT_EQ(scanned(2, found).next.cells.cells()[0].cpuset, cpus("0-5"));
}

TEST_F(ADecision, KnowsWhatIsNotMetThoughNoCpuMoves)
{
    scanned(0, scan({}));
    config_.cell0_min_cpus = 9;
    const Decision decision =
        decide_next({.now = at(1), .sample = {}, .scan = {}, .reconfigured = true});
    EXPECT_FALSE(decision.apply.has_value());
    ASSERT_EQ(decision.status.unmet.size(), 1U);
    EXPECT_EQ(decision.status.unmet[0].claim, "min-cpus 9");
    config_.cell0_min_cpus = 1;
    EXPECT_TRUE(decide_next({.now = at(2), .sample = {}, .scan = {}, .reconfigured = true})
                    .status.unmet.empty());
}

TEST_F(ADecision, WarnsOfALimitThatIsNotEnforcedOnce)
{
    CgroupScan found = scan({});
    found.quotas = {{"/work/web", std::chrono::milliseconds(50), std::chrono::milliseconds(100)}};
    const Decision first = scanned(0, found);
    EXPECT_EQ(count_of<QuotaIgnored>(first), 1U);
    ASSERT_EQ(first.status.warnings.size(), 1U);
    EXPECT_EQ(first.status.warnings[0].cgroup, "/work/web");
    EXPECT_THAT(first.status.warnings[0].reason,
                testing::StartsWith("cpu.max (50000 us in 100000 us) is not enforced"));
    EXPECT_EQ(count_of<QuotaIgnored>(scanned(1, found)), 0U);
    EXPECT_EQ(scanned(2, scan({})).status.warnings.size(), 1U); // not looked for
}

TEST_F(ADecision, WarnsOfTheFirstLimitsAndSaysHowManyMoreThereAre)
{
    CgroupScan found = scan({});
    found.quotas.emplace(
        1000, CpuQuota{"/work/web", std::chrono::milliseconds(50), std::chrono::milliseconds(100)});
    const auto warnings = scanned(0, found).status.warnings;
    ASSERT_EQ(warnings.size(), 65U);
    EXPECT_EQ(warnings[63].cgroup, "/work/web");
    EXPECT_EQ(warnings[64].cgroup, "/");
    EXPECT_EQ(warnings[64].reason, "the same of 936 more cgroups; the journal names them");
    found.quotas->resize(64);
    EXPECT_EQ(scanned(1, found).status.warnings.size(), 64U);
}

TEST_F(ADecision, ForgetsALimitThatIsGone)
{
    CgroupScan found = scan({});
    found.quotas = {{"/work/web", std::chrono::milliseconds(50), std::chrono::milliseconds(100)}};
    scanned(0, found);
    found.quotas->clear();
    EXPECT_TRUE(scanned(1, found).status.warnings.empty());
}

TEST_F(ADecision, AppliesNothingWhenNothingChanged)
{
    scanned(0, scan({entry(7, "/work/web")}));
    const Decision decision = scanned(1, scan({entry(7, "/work/web")}));
    EXPECT_EQ(decision.apply, std::nullopt);
    EXPECT_EQ(decision.next.generation, 1U);
    EXPECT_TRUE(decision.events.empty());
}

TEST_F(ADecision, GivesANewCellItsShare)
{
    scanned(0, scan({}));
    const Decision decision = scanned(1, scan({entry(7, "/work/web")}));
    EXPECT_EQ(decision.apply, owners({{0, "0-3"}, {1, "4-7"}}));
    EXPECT_EQ(count_of<CellCreated>(decision), 1U);
    EXPECT_EQ(reassigned(decision).trigger, Trigger::cgroup);
    EXPECT_EQ(reassigned(decision).summary, "[0: 0-3] [1(web): 4-7]");
    EXPECT_EQ(reassigned(decision).shifts,
              (std::vector<CellShift>{{CellId{0}, {}, cpus("4-7")}, {CellId{1}, cpus("4-7"), {}}}));
}

TEST_F(ADecision, TakesTheCpusOfARemovedCellBack)
{
    scanned(0, scan({entry(7, "/work/web")}));
    const Decision decision = scanned(1, scan({}));
    EXPECT_EQ(decision.apply, owners({{0, "0-7"}}));
    EXPECT_EQ(count_of<CellRemoved>(decision), 1U);
}

TEST_F(ADecision, AppliesNewOwnersThoughNoCpuMoves)
{
    topology_ = test::flat(1);
    scanned(0, scan({}));
    const Decision decision = scanned(1, scan({entry(7, "/work/web")}));
    ASSERT_TRUE(decision.apply.has_value());
    EXPECT_EQ(decision.apply->pooled, std::vector{CellId{1}});
    EXPECT_EQ(decision.next.generation, 2U);
}

TEST_F(ADecision, FollowsAChangedCpuset)
{
    scanned(0, scan({entry(7, "/work/web")}));
    const Decision decision = scanned(1, scan({entry(7, "/work/web", "6-7")}));
    EXPECT_EQ(decision.apply, owners({{0, "0-5"}, {1, "6-7"}}));
    EXPECT_EQ(count_of<CpusetChanged>(decision), 1U);
    EXPECT_EQ(reassigned(decision).trigger, Trigger::cpuset);
}

TEST_F(ADecision, AppliesNothingForACpusetThatChangesNoCpu)
{
    scanned(0, scan({entry(7, "/work/web")}));
    const Decision decision = scanned(1, scan({entry(7, "/work/web", "0-7")}));
    EXPECT_EQ(decision.apply, std::nullopt);
    EXPECT_EQ(count_of<CpusetChanged>(decision), 1U);
}

TEST_F(ADecision, DividesTheCpusThatAreLeftAfterHotplug)
{
    scanned(0, scan({entry(7, "/work/web")}));
    topology_ = test::flat(6);
    const Decision decision = triggered(Trigger::hotplug);
    EXPECT_EQ(decision.apply, owners({{0, "0-2"}, {1, "3-5"}}));
    EXPECT_EQ(decision.status.managed, cpus("0-5"));
    EXPECT_EQ(rebalances(decision.next.tally), 0U);
    EXPECT_EQ(moves_for(decision.next.tally, Trigger::hotplug), 1U);
}

TEST_F(ADecision, RemembersWhenCpusMovedForANewCell)
{
    EXPECT_EQ(scanned(0, scan({})).status.rebalanced_at, std::nullopt);
    const Decision decision = scanned(1, scan({entry(7, "/work/web")}));
    EXPECT_EQ(decision.status.rebalanced_at, at(1));
    EXPECT_EQ(rebalances(decision.status.tally), 0U);
    EXPECT_EQ(moves_for(decision.status.tally, Trigger::cgroup), 1U);
}

TEST_F(ADecision, CountsARebalanceOnRequestOnlyWhenCpusMoved)
{
    scanned(0, scan({entry(7, "/work/web")}));
    EXPECT_EQ(rebalances(triggered(Trigger::dbus).next.tally), 0U);
    state_.applied = owners({{0, "0-5"}, {1, "6-7"}});
    const Decision decision = triggered(Trigger::dbus);
    EXPECT_EQ(decision.apply, owners({{0, "0-3"}, {1, "4-7"}}));
    EXPECT_EQ(rebalances(decision.status.tally), 1U);
    EXPECT_EQ(decision.status.rebalanced_at, at(9));
}

TEST_F(ADecision, KeepsOnlyTheRootCellWhenTheParentIsMissing)
{
    scanned(0, scan({entry(7, "/work/web")}));
    const Decision decision = scanned(1, {.parent_present = false, .children = {}});
    EXPECT_EQ(count_of<ParentMissing>(decision), 1U);
    EXPECT_EQ(decision.apply, owners({{0, "0-7"}}));
    EXPECT_EQ(decision.status.state, State::degraded);
    EXPECT_EQ(decision.status.reason, "parent-cgroup-missing");
}

TEST_F(ADecision, ReportsTheParentOnceWhenItGoesAndOnceWhenItComes)
{
    const CgroupScan missing{.parent_present = false, .children = {}};
    EXPECT_EQ(count_of<ParentMissing>(scanned(0, missing)), 1U);
    EXPECT_EQ(count_of<ParentMissing>(scanned(1, missing)), 0U);
    EXPECT_EQ(count_of<ParentAppeared>(scanned(2, scan({}))), 1U);
    EXPECT_EQ(count_of<ParentAppeared>(scanned(3, scan({}))), 0U);
}

TEST_F(ADecision, MissesNoParentWhereNoneIsConfigured)
{
    config_.cell_parent_cgroup.reset();
    const Decision decision = scanned(0, {.parent_present = false, .children = {}});
    EXPECT_EQ(count_of<ParentMissing>(decision), 0U);
    EXPECT_EQ(decision.status.state, State::running);
    EXPECT_EQ(decision.status.reason, "");
}

TEST_F(ADecision, ReportsARefusedCellOnceAndStaysDegraded)
{
    state_.cells = CellTable(2);
    const CgroupScan found = scan({entry(7, "/work/a"), entry(8, "/work/b")});
    const Decision first = scanned(0, found);
    EXPECT_EQ(count_of<CellRefused>(first), 1U);
    EXPECT_EQ(first.status.reason, "too-many-cells");
    EXPECT_EQ(count_of<CellRefused>(scanned(1, found)), 0U);
    EXPECT_EQ(triggered(Trigger::dbus).status.state, State::degraded);
}

TEST_F(ADecision, IsDegradedWhileACellIsPooled)
{
    topology_ = test::flat(1);
    const Decision decision = scanned(0, scan({entry(7, "/work/web")}));
    EXPECT_EQ(decision.status.pooled, std::vector{CellId{1}});
    EXPECT_EQ(decision.status.state, State::degraded);
    EXPECT_EQ(decision.status.reason, "too-many-cells");
}

TEST_F(ADecision, MeasuresUtilizationOverTheElapsedTime)
{
    scanned(0, scan({entry(7, "/work/web")}));
    sampled(ran(at(1), {{0, 0}, {1, 0}}));
    const Decision decision = sampled(ran(at(1.5), {{0, 0}, {1, 1'000'000'000}}));
    EXPECT_DOUBLE_EQ(decision.status.cells[0].utilization, 0.0);
    EXPECT_DOUBLE_EQ(decision.status.cells[1].utilization, 0.5);
    EXPECT_EQ(decision.status.cells[1].counters.run_ns, 1'000'000'000U);
    EXPECT_EQ(decision.status.sampled_at, at(1.5));
}

TEST_F(ADecision, MeasuresAgainstTheCpusOwnedDuringTheInterval)
{
    scanned(0, scan({}));
    sampled(ran(at(1), {{0, 0}}));
    const Decision decision = decide_next({.now = at(2),
                                           .sample = ran(at(2), {{0, 8'000'000'000}}),
                                           .scan = scan({entry(7, "/work/web")})});
    EXPECT_DOUBLE_EQ(decision.status.cells[0].utilization, 1.0);
}

TEST_F(ADecision, ShowsNoUtilizationForACellWithoutCpus)
{
    topology_ = test::flat(1);
    scanned(0, scan({entry(7, "/work/web")}));
    sampled(ran(at(1), {{0, 0}, {1, 0}}));
    const Decision decision = sampled(ran(at(2), {{0, 0}, {1, 500}}));
    EXPECT_EQ(decision.status.cells[1].utilization, 0.0);
}

TEST_F(ADecision, KeepsTheLastUtilizationWhenNoTimePassed)
{
    scanned(0, scan({}));
    sampled(ran(at(1), {{0, 0}}));
    sampled(ran(at(2), {{0, 8'000'000'000}}));
    EXPECT_DOUBLE_EQ(sampled(ran(at(2), {{0, 8'000'000'000}})).status.cells[0].utilization, 1.0);
}

TEST_F(ADecision, ShowsNothingOfThePredecessorUnderAReusedId)
{
    scanned(0, scan({entry(7, "/work/web")}));
    sampled(ran(at(1), {{0, 0}, {1, 0}}));
    sampled(ran(at(2), {{0, 0}, {1, 900}}));
    scanned(2, scan({}));
    Sample drained = ran(at(3), {{0, 0}});
    drained.drained = {CellId{1}};
    const Decision decision =
        decide_next({.now = at(3), .sample = drained, .scan = scan({entry(8, "/work/db")})});
    ASSERT_EQ(decision.status.cells.size(), 2U);
    EXPECT_EQ(decision.status.cells[1].cell.path, "/work/db");
    EXPECT_EQ(decision.status.cells[1].counters, CellCounters{});
    EXPECT_EQ(decision.status.cells[1].utilization, 0.0);
    EXPECT_EQ(decision.status.tally.drained, 1U);
}

TEST_F(ADecision, NamesTheLlcsOfEachCell)
{
    const Decision decision = scanned(0, scan({entry(7, "/work/a"), entry(8, "/work/b")}));
    EXPECT_EQ(decision.status.cells[0].llcs, std::vector{LlcId{0}});
    EXPECT_EQ(decision.status.cells[2].llcs, (std::vector{LlcId{0}, LlcId{1}}));
}

TEST_F(ADecision, StatesTheGenerationThatItBringsAbout)
{
    EXPECT_EQ(scanned(0, scan({})).status.generation, 1U);
    EXPECT_EQ(scanned(1, scan({entry(7, "/work/a")})).status.generation, 2U);
}

} // namespace
} // namespace mitosis
