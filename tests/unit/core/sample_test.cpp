// SPDX-License-Identifier: GPL-2.0-only
#include "core/ids.hpp"
#include "core/sample.hpp"
#include "support/builders.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <tuple>

namespace mitosis {
namespace {

using test::at;
using test::ran;

using Words = std::array<std::uint64_t, sizeof(CellCounters) / sizeof(std::uint64_t)>;

/// Every counter has another value: `factor` times its place in the struct, from 1.
CellCounters numbered(std::uint64_t factor)
{
    Words words{};
    for (std::size_t place = 0; place < words.size(); ++place)
        words.at(place) = factor * (place + 1);
    return std::bit_cast<CellCounters>(words);
}

TEST(Add, AddsEveryCounterAndKeepsTheHigherMarks)
{
    CellCounters total = numbered(2);
    add(total, numbered(3));
    CellCounters expected = numbered(5);
    expected.wait_max_ns = numbered(3).wait_max_ns;
    expected.reclaim_max_ns = numbered(3).reclaim_max_ns;
    EXPECT_EQ(total, expected);
}

TEST(Counters, BeganAnewWhenAnyOfThemWentBack)
{
    constexpr std::size_t count = std::tuple_size_v<Words>;
    const auto high_water_marks = 2;
    int noticed = 0;
    for (std::size_t place = 0; place < count; ++place) {
        auto words = std::bit_cast<Words>(numbered(3));
        --words.at(place);
        noticed += int{began_anew(numbered(3), std::bit_cast<CellCounters>(words))};
    }
    EXPECT_EQ(noticed, static_cast<int>(count) - high_water_marks);
}

TEST(Counters, GoOnWhereTheyStandStillOrGrow)
{
    EXPECT_FALSE(began_anew(numbered(3), numbered(3)));
    EXPECT_FALSE(began_anew(numbered(3), numbered(7)));
}

TEST(Counters, DoNotBeginAnewWithALowerMark)
{
    CellCounters lower = numbered(3);
    lower.wait_max_ns = 0;
    lower.reclaim_max_ns = 0;
    EXPECT_FALSE(began_anew(numbered(3), lower));
}

TEST(Sample, FindsACellByItsId)
{
    const Sample sample = ran(at(0), {{0, 5}, {2, 7}});
    EXPECT_EQ(sample.find(CellId{2})->total.run_ns, 7U);
    EXPECT_EQ(sample.find(CellId{1}), nullptr);
}

} // namespace
} // namespace mitosis
