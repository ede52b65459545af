// SPDX-License-Identifier: GPL-2.0-only
#include "core/cell_table.hpp"
#include "core/ids.hpp"
#include "core/sample.hpp"
#include "support/builders.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mitosis {
namespace {

using test::at;
using test::ran;

Sample with(Clock::time_point taken_at, const CellCounters &total,
            const std::vector<std::uint64_t> &run_ns_by_cpu = {})
{
    return {.taken_at = taken_at,
            .cells = {{.cell = CellId{1}, .total = total, .run_ns_by_cpu = run_ns_by_cpu}},
            .drained = {}};
}

TEST(Difference, MeasuresTheElapsedTime)
{
    EXPECT_EQ(difference(ran(at(1), {}), ran(at(1.5), {})).elapsed, std::chrono::milliseconds(500));
}

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

TEST(Difference, SubtractsEveryCounterAndTakesTheMarksAsTheyAreNow)
{
    CellCounters expected = numbered(4);
    expected.wait_max_ns = numbered(7).wait_max_ns;
    expected.reclaim_max_ns = numbered(7).reclaim_max_ns;
    EXPECT_EQ(difference(with(at(0), numbered(3)), with(at(1), numbered(7))).cells[0].counters,
              expected);
}

TEST(Difference, TakesTheLongestWaitAsItIsNow)
{
    CellCounters before{};
    before.wait_max_ns = 100;
    const SampleDelta delta = difference(with(at(0), before), with(at(1), CellCounters{}));
    EXPECT_EQ(delta.cells[0].counters.wait_max_ns, 0U);
}

TEST(Difference, CountsANewCellFromZero)
{
    const SampleDelta delta = difference(ran(at(0), {{0, 5}}), ran(at(1), {{0, 8}, {2, 7}}));
    ASSERT_EQ(delta.cells.size(), 2U);
    EXPECT_EQ(delta.cells[0].counters.run_ns, 3U);
    EXPECT_EQ(delta.cells[1].cell, CellId{2});
    EXPECT_EQ(delta.cells[1].counters.run_ns, 7U);
}

TEST(Difference, CountsAllFromZeroWhenOneCounterWentBack)
{
    CellCounters before{};
    before.run_ns = 10;
    before.waits = 3;
    CellCounters now{};
    now.run_ns = 12;
    now.waits = 2;
    const SampleDelta delta = difference(with(at(0), before, {10}), with(at(1), now, {12}));
    EXPECT_EQ(delta.cells[0].counters, now);
    EXPECT_EQ(delta.cells[0].run_ns_by_cpu, std::vector<std::uint64_t>{12});
}

TEST(Difference, CountsFromZeroWhenOnlyTheHistogramWentBack)
{
    CellCounters before{};
    before.wait_histogram[3] = 5;
    CellCounters now{};
    now.run_ns = 12;
    now.wait_histogram[3] = 4;
    EXPECT_EQ(difference(with(at(0), before), with(at(1), now)).cells[0].counters, now);
}

TEST(Difference, LeavesOutACellThatIsGone)
{
    EXPECT_TRUE(difference(ran(at(0), {{1, 5}}), ran(at(1), {})).cells.empty());
}

TEST(Difference, SubtractsRunTimeByCpu)
{
    const SampleDelta delta = difference(with(at(0), {}, {5, 10}), with(at(1), {}, {7, 10, 3}));
    EXPECT_EQ(delta.cells[0].run_ns_by_cpu, (std::vector<std::uint64_t>{2, 0, 3}));
}

TEST(Difference, ReadsACpuThatWentBackAloneAsIdle)
{
    const SampleDelta delta = difference(with(at(0), {}, {5, 5}), with(at(1), {}, {4, 9}));
    EXPECT_EQ(delta.cells[0].run_ns_by_cpu, (std::vector<std::uint64_t>{0, 4}));
}

TEST(Sample, FindsACellByItsId)
{
    const Sample sample = ran(at(0), {{0, 5}, {2, 7}});
    EXPECT_EQ(sample.find(CellId{2})->total.run_ns, 7U);
    EXPECT_EQ(sample.find(CellId{1}), nullptr);
}

} // namespace
} // namespace mitosis
