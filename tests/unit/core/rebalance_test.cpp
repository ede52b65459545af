// SPDX-License-Identifier: GPL-2.0-only
// decide() with rebalancing: when CPUs follow demand, and when they stay.
#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/config.hpp"
#include "core/decide.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/sample.hpp"
#include "core/tally.hpp"
#include "core/topology.hpp"
#include "support/builders.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

using test::at;
using test::entry;
using test::owners;
using test::scan;

/// Eight CPUs; cell 1 starts with half of them.
class ARebalancer : public testing::Test {
protected:
    ARebalancer()
    {
        config_.cell_parent_cgroup = "/work";
        config_.rebalancing.enabled = true;
        state_.cells = CellTable(8);
        run({.now = at(0), .sample = {}, .scan = scan({entry(7, "/work/web")})});
    }

    const Decision &run(Inputs inputs)
    {
        decide(config_, topology_, state_, std::move(inputs), decision_);
        state_ = decision_.next;
        return decision_;
    }
    /// A second in which the cells use so many CPUs' time.
    const Decision &second(const std::vector<double> &used_cpus)
    {
        now_s_ += 1;
        Sample sample{.taken_at = at(now_s_), .cells = {}, .drained = {}};
        for (std::uint32_t cell = 0; cell < used_cpus.size(); ++cell) {
            ran_ns_[cell] += static_cast<std::uint64_t>(used_cpus[cell] * 1e9);
            CellCounters total{};
            total.run_ns = ran_ns_[cell];
            sample.cells.push_back(
                {.cell = CellId{cell}, .total = total, .run_ns_by_cpu = {ran_ns_[cell]}});
        }
        return run({.now = at(now_s_), .sample = sample, .scan = found_});
    }
    /// When CPUs first move under a steady use; nothing when they do not within a minute.
    std::optional<double> first_move(const std::vector<double> &used_cpus)
    {
        for (int tick = 0; tick < 60; ++tick)
            if (second(used_cpus).apply)
                return now_s_;
        return std::nullopt;
    }

    /// A request for a division, right after the last second.
    const Decision &asked(Force force)
    {
        return run({.now = at(now_s_ + 0.1),
                    .sample = {},
                    .scan = {},
                    .trigger = Trigger::dbus,
                    .force = force});
    }

    Config config_;
    Topology topology_ = test::flat(8);
    KnownState state_;
    Decision decision_;
    std::map<std::uint32_t, std::uint64_t> ran_ns_;
    double now_s_ = 0;
    std::optional<CgroupScan> found_; // by the scan of every second
};

/// "web" with this cpu.weight.
CgroupScan web_of_weight(std::uint32_t weight)
{
    CgroupScan found = scan({entry(7, "/work/web")});
    found.children[0].weight = weight;
    return found;
}

TEST_F(ARebalancer, MovesCpusToWhereTheyAreUsed)
{
    EXPECT_EQ(first_move({0.5, 4}), 5); // the cooldown counts from the start
    EXPECT_EQ(decision_.apply, owners({{0, "0"}, {1, "1-7"}}));
    const auto &reassigned = std::get<Reassigned>(decision_.events.back());
    EXPECT_EQ(reassigned.trigger, Trigger::automatic);
    EXPECT_GE(reassigned.spread_pct, 20);
    EXPECT_EQ(moves_for(decision_.status.tally, Trigger::automatic), 1U);
}

TEST_F(ARebalancer, LeavesCpusAloneWhenItIsOff)
{
    config_.rebalancing.enabled = false;
    EXPECT_EQ(first_move({0.5, 4}), std::nullopt);
}

TEST_F(ARebalancer, LeavesCpusAloneBelowTheThreshold)
{
    config_.rebalancing.threshold = 90;
    EXPECT_EQ(first_move({0.5, 4}), std::nullopt);
}

TEST_F(ARebalancer, WaitsForTheCooldown)
{
    config_.rebalancing.cooldown = std::chrono::seconds(12);
    EXPECT_EQ(first_move({0.5, 4}), 12);
}

TEST_F(ARebalancer, MovesAtOnceWithoutACooldown)
{
    config_.rebalancing.cooldown = std::chrono::seconds(0);
    // The first sample only says where counters stand.
    EXPECT_EQ(first_move({0.5, 4}), 2);
}

TEST_F(ARebalancer, MovesNothingThatDoesNotRepay)
{
    config_.rebalancing.threshold = 0;
    EXPECT_EQ(first_move({3.85, 4}), std::nullopt); // due 3.92 and 4.08: not worth a CPU
}

/// Steps that alone are noise, beside a weighing at every second.
TEST_F(ARebalancer, FollowsADemandThatCreeps)
{
    config_.rebalancing.threshold = 0;
    for (double web = 2.08; web < 3.2; web += 0.015)
        second({2, web});
    EXPECT_EQ(state_.applied, owners({{0, "0-2"}, {1, "3-7"}}));
}

/// A request weighed what the threshold spoke against until a change no larger than noise.
TEST_F(ARebalancer, WeighsAnewWhatOnlyTheThresholdHeldBack)
{
    for (int tick = 0; tick < 10; ++tick)
        second({0.2, 0.996});
    EXPECT_FALSE(asked(Force::no).apply.has_value());
    EXPECT_NE(first_move({0.2, 1.01}), std::nullopt);
}

TEST_F(ARebalancer, SettlesAndStaysUnderASteadyLoad)
{
    ASSERT_TRUE(first_move({1, 6}).has_value());
    const std::uint64_t generation = state_.generation;
    for (int tick = 0; tick < 60; ++tick)
        second({1, 6});
    EXPECT_LE(state_.generation, generation + 1);
    EXPECT_EQ(first_move({1, 6}), std::nullopt);
}

TEST_F(ARebalancer, TakesCpusBackWhenACellFallsIdle)
{
    ASSERT_TRUE(first_move({0.5, 4}).has_value());
    for (int tick = 0; tick < 30; ++tick)
        second({4, 0});
    EXPECT_EQ(state_.applied.find(CellId{1})->primary.count(), 1U);
}

TEST_F(ARebalancer, DividesByDemandWhenACellComes)
{
    for (int tick = 0; tick < 4; ++tick)
        second({0.2, 4});
    run({.now = at(4.5),
         .sample = {},
         .scan = scan({entry(7, "/work/web"), entry(8, "/work/zed")})});
    const Assignment &applied = state_.applied;
    EXPECT_EQ(applied.find(root_cell)->primary.count(), 1U);
    EXPECT_GT(applied.find(CellId{1})->primary.count(),
              applied.find(CellId{2})->primary.count()); // the new one is taken for average
    EXPECT_GT(applied.find(CellId{2})->primary.count(), 1U);
}

TEST_F(ARebalancer, FollowsCpuWeight)
{
    config_.rebalancing.cooldown = std::chrono::seconds(0);
    run({.now = at(0), .sample = {}, .scan = web_of_weight(300)});
    for (int tick = 0; tick < 30; ++tick)
        second({8, 8}); // both want all of the machine
    EXPECT_EQ(state_.applied.find(CellId{1})->primary.count(), 6U);
}

TEST_F(ARebalancer, DividesAgainWhenAWeightChanges)
{
    config_.rebalancing.threshold = 1000;
    for (int tick = 0; tick < 10; ++tick)
        second({8, 8});
    const Decision &decision = run({.now = at(11), .sample = {}, .scan = web_of_weight(300)});
    ASSERT_TRUE(decision.apply.has_value());
    EXPECT_EQ(decision.apply->find(CellId{1})->primary.count(), 6U);
    EXPECT_EQ(rebalances(decision.status.tally), 0U); // it is not the load that moved them
}

TEST_F(ARebalancer, FollowsThePolicysWeight)
{
    config_.cell_rules = {{.pattern = "web", .weight = 300}};
    config_.rebalancing.cooldown = std::chrono::seconds(0);
    run({.now = at(0), .sample = {}, .scan = {}, .trigger = {}, .reconfigured = true});
    for (int tick = 0; tick < 30; ++tick)
        second({8, 8});
    EXPECT_EQ(state_.applied.find(CellId{1})->primary.count(), 6U);
}

TEST_F(ARebalancer, KeepsTheDemandsOfOthersWhenACellComes)
{
    config_.rebalancing.cooldown = std::chrono::seconds(0);
    for (int tick = 0; tick < 10; ++tick)
        second({2, 6});
    config_.rebalancing.cooldown = std::chrono::seconds(1000);
    for (int tick = 0; tick < 30; ++tick)
        second({6, 2}); // which is not followed yet
    run({.now = at(41),
         .sample = {},
         .scan = scan({entry(7, "/work/web"), entry(8, "/work/zed")})});
    EXPECT_EQ(state_.applied.find(root_cell)->primary.count(), 2U);
    EXPECT_EQ(state_.applied.find(CellId{1})->primary.count(), 3U);
    EXPECT_EQ(state_.applied.find(CellId{2})->primary.count(), 3U);
}

TEST_F(ARebalancer, FollowsDemandThoughSomethingChangesAllTheTime)
{
    const auto seconds = [&](int count, const std::vector<double> &used_cpus) {
        for (int tick = 0; tick < count; ++tick) {
            found_ = web_of_weight(tick % 2 == 0 ? 100 : 101);
            second(used_cpus);
        }
    };
    seconds(10, {2, 6});
    ASSERT_EQ(state_.applied.find(root_cell)->primary.count(), 2U);
    seconds(30, {6, 2});
    EXPECT_EQ(state_.applied.find(root_cell)->primary.count(), 6U);
}

TEST_F(ARebalancer, DividesAgainForNewSettings)
{
    config_.cell0_min_cpus = 6;
    const Decision &decision =
        run({.now = at(1), .sample = {}, .scan = {}, .trigger = {}, .reconfigured = true});
    EXPECT_EQ(decision.apply, owners({{0, "0-3,6-7"}, {1, "4-5"}}));
}

TEST_F(ARebalancer, NamesWhatASettingCouldNotGet)
{
    config_.cell0_min_cpus = 8;
    run({.now = at(1), .sample = {}, .scan = {}, .trigger = {}, .reconfigured = true});
    ASSERT_EQ(decision_.status.unmet.size(), 1U);
    EXPECT_EQ(decision_.status.unmet[0].claim, "min-cpus 8");
    EXPECT_EQ(decision_.status.unmet[0].got, 7U);
}

TEST_F(ARebalancer, MovesByForceWhatIsBelowTheThreshold)
{
    config_.rebalancing.threshold = 90;
    for (int tick = 0; tick < 5; ++tick)
        second({0.5, 4});
    EXPECT_TRUE(asked(Force::yes).apply);
}

TEST_F(ARebalancer, MovesOnRequestWhatIsWorthItDuringTheCooldown)
{
    config_.rebalancing.cooldown = std::chrono::seconds(1000);
    for (int tick = 0; tick < 5; ++tick)
        second({0.5, 4});
    EXPECT_TRUE(asked(Force::no).apply);
}

TEST_F(ARebalancer, HoldsBackOnRequestWhatIsBelowTheThreshold)
{
    config_.rebalancing.threshold = 90;
    for (int tick = 0; tick < 5; ++tick)
        second({0.5, 4});
    const Decision &decision = asked(Force::no);
    EXPECT_FALSE(decision.apply);
    ASSERT_EQ(decision.events.size(), 1U);
    const auto &held_back = std::get<HeldBack>(decision.events[0]);
    EXPECT_EQ(held_back.reason, HeldBack::Reason::below_threshold);
    EXPECT_EQ(held_back.cpus, 3U);
    EXPECT_LT(held_back.spread_pct, 90);
    EXPECT_EQ(held_back.threshold, 90);
    EXPECT_EQ(decision.status.tally.held_back, 1U);
}

TEST_F(ARebalancer, HoldsBackOnRequestWhatDoesNotRepay)
{
    config_.rebalancing.threshold = 0;
    for (int tick = 0; tick < 5; ++tick)
        second({3.4, 4.6}); // a CPU for the second would take 0.6 of error to 0.4
    const Decision &decision = asked(Force::no);
    EXPECT_FALSE(decision.apply);
    ASSERT_EQ(decision.events.size(), 1U);
    EXPECT_EQ(std::get<HeldBack>(decision.events[0]).reason, HeldBack::Reason::does_not_repay);
}

TEST_F(ARebalancer, HoldsNothingBackOfACellThatCame)
{
    config_.rebalancing.threshold = 90;
    const Decision &decision = run({.now = at(6),
                                    .sample = {},
                                    .scan = scan({entry(7, "/work/web"), entry(8, "/work/zed")}),
                                    .trigger = Trigger::dbus});
    EXPECT_TRUE(decision.apply);
}

} // namespace
} // namespace mitosis
