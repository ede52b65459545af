// SPDX-License-Identifier: GPL-2.0-only
#include "core/cpu_set.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gtest/gtest.h>

#include <iterator>
#include <optional>
#include <type_traits>
#include <vector>

namespace mitosis {
namespace {

static_assert(std::is_trivially_copyable_v<CpuSet>);
static_assert(std::forward_iterator<CpuSet::Iterator>);
static_assert(CpuSet{1, 2}.contains(2) && !CpuSet{1, 2}.contains(3));

std::vector<unsigned> numbers(const CpuSet &set)
{
    return {set.begin(), set.end()};
}

TEST(CpuSet, IsEmptyAtFirst)
{
    EXPECT_TRUE(CpuSet{}.empty());
    EXPECT_EQ(CpuSet{}.count(), 0U);
    EXPECT_EQ(CpuSet{}.first(), std::nullopt);
}

TEST(CpuSet, HoldsWhatWasInsertedUntilErased)
{
    CpuSet set{3};
    set.insert(max_cpus - 1);
    EXPECT_TRUE(set.contains(max_cpus - 1));
    set.erase(3);
    EXPECT_EQ(set, CpuSet{max_cpus - 1});
}

TEST(CpuSet, ContainsNoNumberBeyondItsRange)
{
    EXPECT_FALSE(CpuSet::range(0, max_cpus - 1).contains(max_cpus));
}

TEST(CpuSet, RangeCoversWordBorders)
{
    EXPECT_EQ(numbers(CpuSet::range(62, 66)), (std::vector<unsigned>{62, 63, 64, 65, 66}));
    EXPECT_EQ(CpuSet::range(0, max_cpus - 1).count(), max_cpus);
    EXPECT_EQ(CpuSet::range(5, 5), CpuSet{5});
}

TEST(CpuSet, RangeIsEmptyWhenReversed)
{
    EXPECT_TRUE(CpuSet::range(4, 3).empty());
}

TEST(CpuSet, IteratesInAscendingOrderOverDistantWords)
{
    EXPECT_EQ(numbers({8191, 0, 64, 63, 4096}), (std::vector<unsigned>{0, 63, 64, 4096, 8191}));
}

TEST(CpuSet, FirstIsTheLowest)
{
    EXPECT_EQ((CpuSet{700, 65, 900}.first()), 65U);
}

TEST(CpuSet, CombinesAsSetsDo)
{
    const CpuSet a{0, 1, 64};
    const CpuSet b{1, 64, 100};
    EXPECT_EQ(a | b, (CpuSet{0, 1, 64, 100}));
    EXPECT_EQ(a & b, (CpuSet{1, 64}));
    EXPECT_EQ(a - b, (CpuSet{0}));
}

TEST(CpuSet, IncludesItsSubsetsOnly)
{
    EXPECT_TRUE((CpuSet{1, 200}.includes({200})));
    EXPECT_TRUE((CpuSet{1}.includes({})));
    EXPECT_FALSE((CpuSet{1, 200}.includes({200, 201})));
}

TEST(CpuSet, IntersectsWhereOneCpuIsShared)
{
    EXPECT_TRUE((CpuSet{1, 200}.intersects({200, 201})));
    EXPECT_FALSE((CpuSet{1, 200}.intersects({2, 201})));
}

} // namespace
} // namespace mitosis
