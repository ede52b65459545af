// SPDX-License-Identifier: GPL-2.0-only
// When CPUs move: our rule and upstream's under the same loads. Prints the series of every run.
#include "simulation/loads.hpp"
#include "simulation/simulation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

namespace mitosis::test {
namespace {

struct Pair {
    Outcome ours;
    Outcome upstream;
};

Pair run(const std::string &name, double tick_s)
{
    const std::vector<Scenario> all = scenarios(tick_s);
    const auto scenario = std::ranges::find(all, name, &Scenario::name);
    Pair pair{.ours = simulate(*scenario, tick_s, Rule::ours),
              .upstream = simulate(*scenario, tick_s, Rule::upstream)};
    std::cout << name << ", tick " << tick_s << " s\n  ours     " << to_line(pair.ours)
              << "\n  upstream " << to_line(pair.upstream) << "\n";
    return pair;
}

class AtATick : public testing::TestWithParam<double> {};

TEST_P(AtATick, FollowsAStepOnceAndStraight)
{
    const auto [ours, upstream] = run("step", GetParam());
    EXPECT_LT(ours.settling_s, 10.05); // two cooldowns, and what summing up ticks adds
    EXPECT_LE(ours.overshoot, 0);
    const unsigned from_equal = 8; // CPUs: from the division without data to the first one due
    EXPECT_EQ(ours.moved, from_equal + ours.least);
    EXPECT_EQ(ours.moved_late, 0U);
    EXPECT_LT(ours.moved, upstream.moved);
    EXPECT_LT(ours.share_error, upstream.share_error / 2);
    EXPECT_LT(ours.starved, upstream.starved / 2);
}

TEST_P(AtATick, FollowsARamp)
{
    const auto [ours, upstream] = run("ramp", GetParam());
    const unsigned from_equal = 9;
    EXPECT_LE(ours.moved, from_equal + ours.least);
    EXPECT_LE(ours.moved_late, 2U); // it ends as the last third begins
    EXPECT_LE(ours.overshoot, 0);
    EXPECT_LE(ours.settling_s, 1);
    EXPECT_LT(ours.moved, upstream.moved);
    EXPECT_LT(ours.share_error, upstream.share_error / 2);
}

TEST_P(AtATick, DoesNotFlapWithASquareWave)
{
    const auto [ours, upstream] = run("square", GetParam());
    EXPECT_LE(ours.moved, upstream.moved / 4);
    EXPECT_LE(ours.moved_late, upstream.moved_late / 4);
    EXPECT_LE(ours.overshoot, 0);
    EXPECT_LE(ours.share_error, upstream.share_error);
    EXPECT_LE(ours.starved, upstream.starved);
}

TEST_P(AtATick, WandersLessThanTheLoadItFollows)
{
    const auto [ours, upstream] = run("walk", GetParam());
    EXPECT_LE(ours.moved * 3, upstream.moved * 2);
    EXPECT_LE(ours.moved, ours.least);
    EXPECT_LE(ours.overshoot, 0);
    EXPECT_LT(ours.share_error, upstream.share_error / 2);
    EXPECT_LT(ours.starved, upstream.starved / 2);
}

TEST_P(AtATick, FollowsADay)
{
    const auto [ours, upstream] = run("diurnal", GetParam());
    EXPECT_LE(ours.moved, ours.least);
    EXPECT_LE(ours.overshoot, 0);
    EXPECT_LE(ours.share_error, upstream.share_error);
    EXPECT_LE(ours.starved, upstream.starved);
}

TEST_P(AtATick, KeepsCpusForBurstsThatReturn)
{
    const auto [ours, upstream] = run("bursty", GetParam());
    EXPECT_LE(ours.moved, ours.least / 4);
    EXPECT_LE(ours.overshoot, 0);
    EXPECT_LE(ours.starved, upstream.starved);
    EXPECT_LE(ours.rebalances, 9U); // for 12 bursts, of which the first ones teach
}

TEST_P(AtATick, MovesLittleWhenCellsComeAndGo)
{
    const auto [ours, upstream] = run("cells", GetParam());
    const unsigned from_equal = 5;
    const unsigned arrivals = 2; // each taken for average first, which is a CPU too much
    EXPECT_LE(ours.moved, from_equal + ours.least + arrivals);
    EXPECT_LE(ours.overshoot, 0);
    EXPECT_LE(ours.moved, upstream.moved / 2);
    EXPECT_LE(ours.share_error, upstream.share_error);
    EXPECT_EQ(ours.settling_s, 0);
}

TEST_P(AtATick, KeepsTheOthersStillWhileCellsComeAndGo)
{
    const auto [ours, upstream] = run("churn", GetParam());
    EXPECT_LE(ours.moved, upstream.moved / 4);
    EXPECT_LE(ours.moved, ours.least / 8);
}

/// The windows of demand shrink again in time, which is when a CPU goes back and forth.
void expect_little_movement(const Pair &pair)
{
    EXPECT_LE(pair.ours.moved, pair.upstream.moved / 2);
    EXPECT_LE(pair.ours.moved_late, pair.upstream.moved_late / 4);
    EXPECT_LE(pair.ours.overshoot, 0);
    EXPECT_LE(pair.ours.share_error, pair.upstream.share_error);
    EXPECT_LE(pair.ours.starved, pair.upstream.starved);
}

TEST_P(AtATick, MovesLittleWhereTheLoadFlipsEveryThreeTicks)
{
    expect_little_movement(run("flips3", GetParam()));
}

TEST_P(AtATick, MovesLittleWhereTheLoadFlipsEveryFiveTicks)
{
    expect_little_movement(run("flips5", GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Simulation, AtATick, testing::Values(1.0, 0.1));

} // namespace
} // namespace mitosis::test
