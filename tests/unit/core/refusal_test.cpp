// SPDX-License-Identifier: GPL-2.0-only
#include "core/refusal.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace {

using std::chrono::microseconds;

TEST(RetryIn, IsInSecondsForPeopleAndInMicrosecondsForPrograms)
{
    EXPECT_EQ(mitosis::retry_in(microseconds(4'872'511)), "retry in 4.9 s (4872511 usec)");
    EXPECT_EQ(mitosis::retry_in(microseconds(30'000'000)), "retry in 30.0 s (30000000 usec)");
}

TEST(RetryIn, IsNeverTooSoon)
{
    EXPECT_EQ(mitosis::retry_in(microseconds(1)), "retry in 0.1 s (1 usec)");
    EXPECT_EQ(mitosis::retry_in(microseconds(4'900'001)), "retry in 5.0 s (4900001 usec)");
}

} // namespace
