// SPDX-License-Identifier: GPL-2.0-only
#include "core/cell_table.hpp"
#include "daemon/back_off.hpp"
#include "daemon/burst.hpp"
#include "daemon/repeat_limit.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace mitosis::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Clock::time_point start{};

TEST(BackOff, DoublesUpToTheLongestPause)
{
    BackOff back_off(milliseconds(100), milliseconds(300), 4);
    EXPECT_EQ(back_off.next(), milliseconds(100));
    EXPECT_EQ(back_off.next(), milliseconds(200));
    EXPECT_EQ(back_off.next(), milliseconds(300));
    EXPECT_EQ(back_off.next(), milliseconds(300));
}

TEST(BackOff, GivesUp)
{
    BackOff back_off(milliseconds(100), milliseconds(300), 1);
    EXPECT_TRUE(back_off.next());
    EXPECT_EQ(back_off.next(), std::nullopt);
    back_off.reset();
    EXPECT_EQ(back_off.next(), milliseconds(100));
}

TEST(RepeatLimit, LetsOneThroughInAWhile)
{
    RepeatLimit limit(seconds(30));
    EXPECT_TRUE(limit.allows(start));
    EXPECT_FALSE(limit.allows(start + seconds(29)));
    EXPECT_TRUE(limit.allows(start + seconds(30)));
    limit.reset();
    EXPECT_TRUE(limit.allows(start + seconds(31)));
}

TEST(Burst, IsOverWhenNothingCameForAWhile)
{
    Burst burst(milliseconds(20), milliseconds(100));
    EXPECT_EQ(burst.note(start), milliseconds(20));
    EXPECT_EQ(burst.note(start + milliseconds(15)), milliseconds(20));
}

TEST(Burst, DoesNotLastLongerThanItMay)
{
    Burst burst(milliseconds(20), milliseconds(100));
    EXPECT_EQ(burst.note(start), milliseconds(20));
    EXPECT_EQ(burst.note(start + milliseconds(80)), milliseconds(20));
    EXPECT_EQ(burst.note(start + milliseconds(95)), milliseconds(5));
    EXPECT_EQ(burst.note(start + milliseconds(130)), milliseconds(0));
}

TEST(Burst, BeginsAnewAfterItsEnd)
{
    Burst burst(milliseconds(20), milliseconds(100));
    EXPECT_EQ(burst.note(start), milliseconds(20));
    burst.end();
    EXPECT_EQ(burst.note(start + milliseconds(95)), milliseconds(20));
}

} // namespace
} // namespace mitosis::daemon
