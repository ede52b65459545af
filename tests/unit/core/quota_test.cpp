// SPDX-License-Identifier: GPL-2.0-only
#include "core/claim.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/quota.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace mitosis {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

constexpr unsigned cpu_count = 16;

/// An idle root cell and two that demand so many CPUs, weighted.
std::vector<Claim> claims(double first, double second, double weight_of_second = 1)
{
    std::vector<Claim> result;
    for (const double demand : {0.01, first, second})
        result.push_back({.cell = CellId{static_cast<std::uint32_t>(result.size())},
                          .allowed = CpuSet::range(0, cpu_count - 1),
                          .demand = demand});
    result.back().weight = weight_of_second;
    return result;
}

auto are(double root, double first, double second)
{
    constexpr double same = 1e-6;
    return ElementsAre(DoubleNear(root, same), DoubleNear(first, same), DoubleNear(second, same));
}

// What was owned before does not count: a cell of 2 CPUs and one of 14 that are both full are told
// apart by what waits in them.
TEST(Quotas, AreEqualForCellsThatAllDemandMoreThanThat)
{
    EXPECT_THAT(quotas(cpu_count, claims(2 + 10, 14 + 10)), are(1, 7.5, 7.5));
    EXPECT_THAT(quotas(cpu_count, claims(2 + 10, 14 + 140)), are(1, 7.5, 7.5));
}

TEST(Quotas, GiveToTheOneWhatTheOtherDoesNotDemand)
{
    EXPECT_THAT(quotas(cpu_count, claims(2 + 3, 14 + 10)), are(1, 5, 10));
    EXPECT_THAT(quotas(cpu_count, claims(2 + 20, 6)), are(1, 9, 6));
}

TEST(Quotas, FollowTheDemandsOfCellsThatAreJustFull)
{
    EXPECT_THAT(quotas(cpu_count, claims(2, 13)), are(1, 2, 13));
}

TEST(Quotas, FollowWeightsWhileDemandsExceedTheMachine)
{
    EXPECT_THAT(quotas(cpu_count, claims(50, 50, 2)), are(1, 5, 10));
    EXPECT_THAT(quotas(cpu_count, claims(50, 4, 2)), are(1, 11, 4));
}

TEST(Quotas, GiveWhatIsLeftInProportionToDemand)
{
    EXPECT_THAT(quotas(cpu_count, claims(2, 4)), are(1, 5, 10));
}

TEST(Quotas, StayWithinBounds)
{
    std::vector<Claim> bounded = claims(50, 50);
    bounded[1].allowed = CpuSet::range(0, 3);
    EXPECT_THAT(quotas(cpu_count, bounded), are(1, 4, 11));
    bounded[2].maximum = 5; // what nobody may have is the root cell's
    EXPECT_THAT(quotas(cpu_count, bounded), are(7, 4, 5));
}

} // namespace
} // namespace mitosis
