// SPDX-License-Identifier: GPL-2.0-only
#include "bench/lateness.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <vector>

namespace mitosis::bench {
namespace {

using std::chrono::nanoseconds;

TEST(Lateness, IsNothingWithoutSamples)
{
    EXPECT_FALSE(summarise({}).has_value());
}

TEST(Lateness, OfOneSampleIsThatSample)
{
    const auto lateness = summarise({nanoseconds{7}});
    ASSERT_TRUE(lateness.has_value());
    EXPECT_EQ(lateness->p50, nanoseconds{7});
    EXPECT_EQ(lateness->p99, nanoseconds{7});
    EXPECT_EQ(lateness->max, nanoseconds{7});
}

TEST(Lateness, TakesTheNearestRankOfUnsortedSamples)
{
    std::vector<nanoseconds> samples;
    for (int sample = 200; sample > 0; --sample)
        samples.emplace_back(sample);
    const auto lateness = summarise(samples);
    ASSERT_TRUE(lateness.has_value());
    EXPECT_EQ(lateness->p50, nanoseconds{100});
    EXPECT_EQ(lateness->p99, nanoseconds{198});
    EXPECT_EQ(lateness->max, nanoseconds{200});
}

TEST(RunDelay, IsTheSecondNumber)
{
    EXPECT_EQ(parse_run_delay("120 4500 7\n"), nanoseconds{4500});
}

TEST(RunDelay, IsNothingInOtherText)
{
    EXPECT_EQ(parse_run_delay(""), std::nullopt);
    EXPECT_EQ(parse_run_delay("120"), std::nullopt);
    EXPECT_EQ(parse_run_delay("120 45"), std::nullopt);
    EXPECT_EQ(parse_run_delay("120 x 7"), std::nullopt);
    EXPECT_EQ(parse_run_delay("120 -5 7"), std::nullopt);
}

} // namespace
} // namespace mitosis::bench
