// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/vtime.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace {

constexpr std::uint64_t slice = 20'000'000;
constexpr std::uint64_t almost_wrapped = ~std::uint64_t{0} - 5;

constexpr std::uint64_t scaled(std::uint64_t weight)
{
    return weight << VTIME_SCALE_BITS;
}

TEST(VtimeCost, RunsLikeRealTimeAtWeightOneHundred)
{
    EXPECT_EQ(vtime_cost(slice, scaled(100)), slice);
}

TEST(VtimeCost, IsInverseToTheWeight)
{
    EXPECT_EQ(vtime_cost(slice, scaled(1)), 100 * slice);
    EXPECT_EQ(vtime_cost(slice, scaled(10'000)), slice / 100);
    EXPECT_EQ(vtime_cost(slice, scaled(1) / 2), 200 * slice);
}

TEST(VtimeCost, TakesWeightZeroAsTheLowest)
{
    EXPECT_EQ(vtime_cost(1000, 0), vtime_cost(1000, 1));
}

TEST(VtimeIsFar, ComparesTheServiceUntilTheClockIsThere)
{
    constexpr std::uint64_t second = 1'000'000'000;
    // Ten tasks of weight 100 on one CPU: the clock goes a tenth of a second in one.
    EXPECT_FALSE(vtime_is_far(99'000'000, scaled(1000), second));
    EXPECT_TRUE(vtime_is_far(101'000'000, scaled(1000), second));
    EXPECT_FALSE(vtime_is_far(101'000'000, scaled(1000), 2 * second)); // on two
}

TEST(VtimeIsFar, TakesTheFarthestLagAndAHundredThousandTasks)
{
    EXPECT_TRUE(vtime_is_far(VTIME_AHEAD_SLICES * slice, scaled(100'000) * 100, 1'000'000'000));
}

/// Time a clock takes to come to `lag`, stepping every `ns`.
std::uint64_t time_to_reach(std::int64_t lag, std::uint64_t ns)
{
    std::uint64_t clock = 0;
    std::uint64_t reach = vtime_reach(lag);
    std::uint64_t time = 0;
    while (clock < static_cast<std::uint64_t>(lag)) {
        const auto step = vtime_reach_step(reach, ns);
        clock += step;
        reach -= step;
        time += ns;
    }
    return time;
}

TEST(VtimeReach, ComesToAnyLagInTheSameTime)
{
    constexpr double expected = 1.2356e9; // 2^32 ns x ln 4/3
    for (const std::int64_t lag : {1'000'000, 50'000'000, 2'000'000'000}) {
        for (const std::uint64_t ns : {20'000ULL, 1'300'000ULL, 10'000'000ULL})
            EXPECT_NEAR(static_cast<double>(time_to_reach(lag, ns)), expected, expected / 25);
    }
}

TEST(VtimeReach, EndsWithNothingToGo)
{
    for (const std::uint64_t ns : {0ULL, 1ULL, 999'999'999ULL}) {
        EXPECT_EQ(vtime_reach_step(1, ns), 1U);
        EXPECT_LE(vtime_reach_step(5, ns), 5U);
    }
}

TEST(VtimeLag, SurvivesTheWrap)
{
    EXPECT_EQ(vtime_lag(4, almost_wrapped), 10);
    EXPECT_EQ(vtime_lag(almost_wrapped, 4), -10);
}

TEST(VtimeStay, KeepsWhatIsWithinTheBounds)
{
    EXPECT_EQ(vtime_stay(1'000 * slice - 7, 1'000 * slice, slice, 4), 1'000 * slice - 7);
    EXPECT_EQ(vtime_stay(1'000 * slice + 7, 1'000 * slice, slice, 4), 1'000 * slice + 7);
}

TEST(VtimeStay, OwesALongSleeperOneSlice)
{
    EXPECT_EQ(vtime_stay(0, 1'000 * slice, slice, 4), 999 * slice);
}

TEST(VtimeStay, BoundsTheLead)
{
    EXPECT_EQ(vtime_stay(2'000 * slice, 1'000 * slice, slice, 4), 1'004 * slice);
    EXPECT_EQ(vtime_stay(2'000 * slice, 1'000 * slice, slice, VTIME_AHEAD_SLICES), 1'100 * slice);
}

TEST(VtimeStay, SurvivesTheWrap)
{
    EXPECT_EQ(vtime_stay(3, almost_wrapped, slice, 4), 3U);
}

TEST(VtimeMove, CarriesTheLag)
{
    EXPECT_EQ(vtime_move(500 - 70, 500, 9 * slice, slice), 9 * slice - 70);
    EXPECT_EQ(vtime_move(500 + 70, 500, 9 * slice, slice), 9 * slice + 70);
}

TEST(VtimeMove, BoundsTheLagByOneSlice)
{
    EXPECT_EQ(vtime_move(0, 50 * slice, 9 * slice, slice), 8 * slice);
    EXPECT_EQ(vtime_move(50 * slice, 0, 9 * slice, slice), 10 * slice);
}

TEST(VtimeShare, DividesTheGroupsWeightByWhatIsActive)
{
    EXPECT_EQ(vtime_share(scaled(100), 300, 100), scaled(300)); // alone: all of it
    EXPECT_EQ(vtime_share(scaled(100), 300, 600), scaled(50));  // one of six
    EXPECT_EQ(vtime_share(scaled(200), 100, 300) / 2, vtime_share(scaled(100), 100, 300));
}

TEST(VtimeShare, IsAboutTheWholeAtMostWhenActiveIsOff)
{
    for (const std::uint64_t active : {0U, 1U, 50U, 99U}) {
        EXPECT_LE(vtime_share(scaled(100), 300, active), scaled(300)) << active;
        EXPECT_GE(vtime_share(scaled(100), 300, active), scaled(290)) << active;
    }
}

TEST(VtimeShare, ComposesOverLevels)
{
    const auto inner = vtime_share(scaled(100), 100, 400);
    EXPECT_EQ(vtime_share(inner, 200, 100), scaled(50));
}

} // namespace
