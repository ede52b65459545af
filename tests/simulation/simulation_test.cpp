// SPDX-License-Identifier: GPL-2.0-only
// When CPUs move: our rule and upstream's under the same loads. Prints the series of every run.
#include "simulation/hindsight.hpp"
#include "simulation/loads.hpp"
#include "simulation/simulation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

namespace mitosis::test {
namespace {

struct Comparison {
    Outcome ours;
    Outcome upstream;
    Loss least; // of all courses, where cells neither come nor go
};

/// What ours loses beyond the best that hindsight knows, as a part of what upstream's does; where
/// it knows none, of all that is lost.
double regret(const Comparison &found)
{
    return (found.ours.loss - found.least.cpu_s) / (found.upstream.loss - found.least.cpu_s);
}

Comparison run(const std::string &name, double tick_s)
{
    const std::vector<Scenario> all = scenarios(tick_s);
    const auto scenario = std::ranges::find(all, name, &Scenario::name);
    Comparison found{.ours = simulate(*scenario, tick_s, Rule::ours),
                     .upstream = simulate(*scenario, tick_s, Rule::upstream),
                     .least = {}};
    std::cout << name << ", tick " << tick_s << " s\n  ours     " << to_line(found.ours)
              << "\n  upstream " << to_line(found.upstream) << "\n";
    if (!scenario->cells_come_and_go) {
        found.least = least_loss(*scenario, tick_s);
        std::cout << "  hindsight: loss " << found.least.cpu_s << " CPU s, moved "
                  << found.least.moved << "; regret " << regret(found) << " of upstream's\n";
    }
    return found;
}

class AtATick : public testing::TestWithParam<double> {};

TEST_P(AtATick, FollowsAStepOnceAndStraight)
{
    const Comparison found = run("step", GetParam());
    const auto &[ours, upstream, least] = found;
    EXPECT_LT(ours.settling_s, 10.05); // two cooldowns, and what summing up ticks adds
    EXPECT_LE(ours.overshoot, 0);
    const unsigned from_equal = 8; // CPUs: from the division without data to the first one due
    EXPECT_EQ(ours.moved, from_equal + ours.least);
    EXPECT_EQ(ours.moved_late, 0U);
    EXPECT_LT(ours.moved, upstream.moved);
    EXPECT_LT(ours.share_error, upstream.share_error / 2);
    EXPECT_LT(ours.starved, upstream.starved / 2);
    EXPECT_LE(regret(found), 0.33);
}

TEST_P(AtATick, FollowsARamp)
{
    const Comparison found = run("ramp", GetParam());
    const auto &[ours, upstream, least] = found;
    const unsigned from_equal = 9;
    EXPECT_LE(ours.moved, from_equal + ours.least);
    EXPECT_LE(ours.moved_late, 2U); // it ends as the last third begins
    EXPECT_LE(ours.overshoot, 0);
    EXPECT_LE(ours.settling_s, 1);
    EXPECT_LT(ours.moved, upstream.moved);
    EXPECT_LT(ours.share_error, upstream.share_error / 2);
    EXPECT_LE(regret(found), 0.33);
}

TEST_P(AtATick, DoesNotFlapWithASquareWave)
{
    const Comparison found = run("square", GetParam());
    const auto &[ours, upstream, least] = found;
    EXPECT_LE(ours.moved, upstream.moved / 4);
    EXPECT_LE(ours.moved_late, upstream.moved_late / 4);
    EXPECT_LE(ours.share_error, upstream.share_error);
    EXPECT_LE(ours.starved, upstream.starved);
    EXPECT_LE(regret(found), 0.66);
}

TEST_P(AtATick, WandersLessThanTheLoadItFollows)
{
    const Comparison found = run("walk", GetParam());
    const auto &[ours, upstream, least] = found;
    EXPECT_LE(ours.moved * 3, upstream.moved * 2);
    EXPECT_LE(ours.moved, ours.least);
    EXPECT_LT(ours.share_error, upstream.share_error / 2);
    EXPECT_LT(ours.starved, upstream.starved / 2);
    EXPECT_LE(regret(found), 0.33);
}

TEST_P(AtATick, FollowsADay)
{
    const Comparison found = run("diurnal", GetParam());
    const auto &[ours, upstream, least] = found;
    EXPECT_LE(ours.moved, ours.least);
    EXPECT_LE(ours.share_error, upstream.share_error);
    EXPECT_LE(ours.starved, upstream.starved);
    EXPECT_LE(regret(found), 0.9);
}

TEST_P(AtATick, KeepsCpusForBurstsThatReturn)
{
    const Comparison found = run("bursty", GetParam());
    const auto &[ours, upstream, least] = found;
    EXPECT_LE(ours.moved, ours.least / 4);
    EXPECT_LE(ours.overshoot, 0);
    EXPECT_LE(ours.starved, upstream.starved);
    EXPECT_LE(ours.rebalances, 9U); // for 12 bursts, of which the first ones teach
    EXPECT_LE(regret(found), 0.9);
}

TEST_P(AtATick, MovesLittleWhenCellsComeAndGo)
{
    const Comparison found = run("cells", GetParam());
    const auto &[ours, upstream, least] = found;
    const unsigned from_equal = 5;
    const unsigned arrivals = 2; // each taken for average first, which is a CPU too much
    EXPECT_LE(ours.moved, from_equal + ours.least + arrivals);
    EXPECT_LE(ours.overshoot, 0);
    EXPECT_LE(ours.moved, upstream.moved / 2);
    EXPECT_LE(ours.share_error, upstream.share_error);
    EXPECT_EQ(ours.settling_s, 0);
    EXPECT_LE(regret(found), 0.8);
}

TEST_P(AtATick, KeepsTheOthersStillWhileCellsComeAndGo)
{
    const Comparison found = run("churn", GetParam());
    const auto &[ours, upstream, least] = found;
    EXPECT_LE(ours.moved, upstream.moved / 4);
    EXPECT_LE(ours.moved, ours.least / 8);
    EXPECT_LE(regret(found), 0.7);
}

/// The windows of demand shrink again in time, which is when a CPU goes back and forth.
void expect_little_movement(const Comparison &found)
{
    EXPECT_LE(found.ours.moved, found.upstream.moved / 2);
    EXPECT_LE(found.ours.moved_late, found.upstream.moved_late / 4);
    EXPECT_LE(regret(found), 0.75);
    EXPECT_LE(found.ours.share_error, found.upstream.share_error);
    EXPECT_LE(found.ours.starved, found.upstream.starved);
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
