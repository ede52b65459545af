// SPDX-License-Identifier: GPL-2.0-only
#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/ids.hpp"
#include "core/load.hpp"
#include "core/peak.hpp"
#include "core/sample.hpp"
#include "support/builders.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace mitosis {
namespace {

using test::at;
using test::owners;
using test::root_and;
using Seconds = std::chrono::duration<double>;

constexpr std::uint64_t second_ns = 1'000'000'000;

/// What cells had run on each CPU, and how long their tasks had waited: in waits that have ended,
/// of a second each, and in those that have not.
struct Ran {
    std::uint32_t cell;
    std::vector<std::uint64_t> by_cpu_ns;
    std::uint64_t wait_ns = 0;
    std::uint64_t waiters = 0;
    std::uint64_t waited_ns = 0;
};
Sample sample(double seconds, const std::vector<Ran> &cells)
{
    Sample sample{.taken_at = at(seconds), .cells = {}, .drained = {}};
    for (const auto &[cell, by_cpu_ns, wait_ns, waiters, waited_ns] : cells) {
        CellCounters total{};
        total.wait_ns = wait_ns;
        total.waits = wait_ns / second_ns;
        for (const std::uint64_t ns : by_cpu_ns)
            total.run_ns += ns;
        sample.cells.push_back({.cell = CellId{cell},
                                .total = total,
                                .run_ns_by_cpu = by_cpu_ns,
                                .waiters = waiters,
                                .waited_ns = waited_ns});
    }
    return sample;
}

class SomeLoads : public testing::Test {
protected:
    void between(const Sample &before, const Sample &now)
    {
        loads_.update(before, now, in_force_, cells_, smoothing_);
    }
    [[nodiscard]] const CellLoad &of(std::uint32_t cell) const
    {
        return *loads_.find(CellId{cell});
    }

    Loads loads_;
    Assignment in_force_ = owners({{0, "0-1"}, {1, "2-3"}});
    std::vector<Cell> cells_ = root_and(1);
    Smoothing smoothing_;
};

TEST_F(SomeLoads, MeasureUseOverTheRealInterval)
{
    between(sample(1, {{1, {0, 0, 0, 0}}}), sample(1.5, {{1, {0, 0, second_ns / 2, 0}}}));
    EXPECT_DOUBLE_EQ(of(1).used, 1.0);
    EXPECT_DOUBLE_EQ(of(1).utilization, 0.5);
}

TEST_F(SomeLoads, BookBorrowingOnBothSides)
{
    between(sample(0, {{0, {0, 0, 0, 0}}, {1, {0, 0, 0, 0}}}),
            sample(1, {{0, {0, 0, 0, 0}}, {1, {second_ns, 0, second_ns, second_ns}}}));
    EXPECT_DOUBLE_EQ(of(1).used, 3.0);
    EXPECT_DOUBLE_EQ(of(1).borrowed, 1.0);
    EXPECT_DOUBLE_EQ(of(0).lent, 1.0);
    EXPECT_DOUBLE_EQ(of(1).utilization, 1.5);
    EXPECT_DOUBLE_EQ(of(1).due, 3.0);
}

TEST_F(SomeLoads, LeaveTheHistoryOfACpuThatChangedHandsWithWhoeverRanThere)
{
    const std::uint64_t past = 1000 * second_ns; // each cell's on its own two CPUs
    in_force_ = owners({{0, "0"}, {1, "1-3"}});  // CPU 1 has just moved
    between(sample(0, {{0, {past, past, 0, 0}}, {1, {0, 0, past, past}}}),
            sample(1, {{0, {past + second_ns, past, 0, 0}}, {1, {0, second_ns, past, past}}}));
    EXPECT_DOUBLE_EQ(of(0).borrowed, 0);
    EXPECT_DOUBLE_EQ(of(1).lent, 0);
    EXPECT_DOUBLE_EQ(of(0).used, 1);
    EXPECT_DOUBLE_EQ(of(1).used, 1);
}

TEST_F(SomeLoads, TellAStarvingCellFromAFullOne)
{
    between(sample(0, {{0, {0, 0, 0, 0}}, {1, {0, 0, 0, 0}}}),
            sample(1, {{0, {second_ns, second_ns, 0, 0}, 0},
                       {1, {0, 0, second_ns, second_ns}, 3 * second_ns}}));
    EXPECT_DOUBLE_EQ(of(0).utilization, of(1).utilization);
    EXPECT_DOUBLE_EQ(of(0).due, 2.0);
    EXPECT_DOUBLE_EQ(of(1).due, 5.0);
}

/// Two tasks that came half a second before the first look and never get a CPU.
TEST_F(SomeLoads, CountWaitsThatDoNotEndAtEveryInterval)
{
    const auto look = [](double seconds, std::uint64_t waited_ns) {
        return sample(seconds, {{1, {0, 0, 0, 0}, 0, 2, waited_ns}});
    };
    between(look(1, second_ns), look(2, 3 * second_ns));
    EXPECT_DOUBLE_EQ(of(1).due, 2.0);
    between(look(2, 3 * second_ns), look(3, 5 * second_ns));
    EXPECT_DOUBLE_EQ(of(1).waiting, 2.0);
}

TEST_F(SomeLoads, CountAWaitOnceThatEnds)
{
    between(sample(0, {{1, {0, 0, 0, 0}}}), sample(9, {{1, {0, 0, 0, 0}, 0, 1, 9 * second_ns}}));
    between(sample(9, {{1, {0, 0, 0, 0}, 0, 1, 9 * second_ns}}),
            sample(10, {{1, {0, 0, 0, 0}, 10 * second_ns}}));
    EXPECT_DOUBLE_EQ(of(1).waiting, 1.0);
}

TEST_F(SomeLoads, LeaveWaitsOutThatWereBroughtFromAnotherCell)
{
    between(sample(0, {{1, {0, 0, 0, 0}}}), sample(1, {{1, {0, 0, 0, 0}, 0, 1, 30 * second_ns}}));
    EXPECT_DOUBLE_EQ(of(1).waiting, 1.0);
}

TEST_F(SomeLoads, LetTheDemandOfAnIdleCellFade)
{
    const std::vector<Ran> ran{{1, {0, 0, second_ns, 0}}};
    between(sample(0, {{1, {0, 0, 0, 0}}}), sample(1, ran));
    for (int tick = 1; tick < 60; ++tick)
        between(sample(tick, ran), sample(tick + 1, ran));
    EXPECT_LT(of(1).due, 0.01);
    EXPECT_EQ(of(1).utilization, 0);
}

TEST_F(SomeLoads, SmoothByTheWeightOfTheNewestSample)
{
    between(sample(0, {{1, {0, 0, 0, 0}}}), sample(1, {{1, {0, 0, second_ns, 0}}}));
    between(sample(1, {{1, {0, 0, second_ns, 0}}}),
            sample(2, {{1, {0, 0, 2 * second_ns, second_ns}}}));
    EXPECT_DOUBLE_EQ(of(1).smoothed, 0.3 * 2 + 0.7 * 1);
}

TEST_F(SomeLoads, GiveALateTickTheWeightOfTheTicksItMissed)
{
    between(sample(0, {{1, {0, 0, 0, 0}}}), sample(1, {{1, {0, 0, second_ns, 0}}}));
    between(sample(1, {{1, {0, 0, second_ns, 0}}}), sample(3, {{1, {0, 0, second_ns, 0}}}));
    EXPECT_DOUBLE_EQ(of(1).smoothed, 0.7 * 0.7);
}

TEST_F(SomeLoads, StandStillWithoutElapsedTime)
{
    between(sample(0, {{1, {0, 0, 0, 0}}}), sample(1, {{1, {0, 0, second_ns, 0}}}));
    between(sample(1, {{1, {0, 0, second_ns, 0}}}), sample(1, {{1, {0, 0, 5 * second_ns, 0}}}));
    EXPECT_DOUBLE_EQ(of(1).used, 1.0);
}

TEST_F(SomeLoads, FreezeAtZeroWithoutWeight)
{
    smoothing_.newest = 0;
    between(sample(0, {{1, {0, 0, 0, 0}}}), sample(1, {{1, {0, 0, second_ns, 0}}}));
    EXPECT_EQ(of(1).due, 0);
}

TEST_F(SomeLoads, SeedANewCellWithTheAverage)
{
    between(sample(0, {{0, {0, 0, 0, 0}}, {1, {0, 0, 0, 0}}}),
            sample(1, {{0, {second_ns, 0, 0, 0}}, {1, {0, 0, second_ns, second_ns}}}));
    cells_ = root_and(2);
    const std::vector<Ran> ran{
        {0, {second_ns, 0, 0, 0}}, {1, {0, 0, second_ns, second_ns}}, {2, {0, 0, 0, 0}}};
    between(sample(1, {ran[0], ran[1]}), sample(2, ran));
    EXPECT_DOUBLE_EQ(of(2).smoothed, 0.7 * 1.5);
}

TEST_F(SomeLoads, StartAnewUnderAReusedId)
{
    between(sample(0, {{1, {0, 0, 0, 0}}}), sample(1, {{1, {0, 0, second_ns, second_ns}}}));
    cells_[1].instance = 77;
    between(sample(1, {{1, {0, 0, second_ns, second_ns}}}), sample(2, {{1, {0, 0, 100, 0}}}));
    EXPECT_LT(of(1).used, 0.001);
    EXPECT_EQ(of(1).instance, 77U);
}

TEST_F(SomeLoads, CountFromZeroWhereACounterWentBack)
{
    between(sample(0, {{1, {0, 0, 5 * second_ns, 0}}}), sample(1, {{1, {0, 0, second_ns, 0}}}));
    EXPECT_DOUBLE_EQ(of(1).used, 1.0);
}

TEST_F(SomeLoads, CountFromZeroWhereAnyCounterWentBack)
{
    between(sample(0, {{1, {0, 0, second_ns, 0}, 9 * second_ns}}),
            sample(1, {{1, {0, 0, 2 * second_ns, 0}, second_ns}}));
    EXPECT_DOUBLE_EQ(of(1).used, 2.0);
    EXPECT_DOUBLE_EQ(of(1).waiting, 1.0);
}

TEST_F(SomeLoads, ReadACpuThatWentBackAloneAsIdle)
{
    const std::uint64_t past = 1000 * second_ns;
    between(sample(0, {{1, {0, 0, past, past}}}),
            sample(1, {{1, {0, 0, past - 1, past + second_ns}}}));
    EXPECT_DOUBLE_EQ(of(1).used, 1.0);
}

TEST_F(SomeLoads, NoteOnlyChangesThatTakeBackTheLast)
{
    between(sample(0, {{1, {0, 0, 0, 0}}}), sample(1, {{1, {0, 0, second_ns, 0}}}));
    loads_.note_change(CellId{1}, 2);
    loads_.note_change(CellId{1}, 1);
    EXPECT_EQ(of(1).peak.stretch(), 1);
    loads_.note_change(CellId{1}, -1);
    EXPECT_EQ(of(1).peak.stretch(), 2);
}

TEST(Peak, OutlivesItsValueForTheWindow)
{
    Peak peak;
    peak.add(8, Seconds(1), Seconds(7));
    for (int second = 0; second < 6; ++second)
        peak.add(1, Seconds(1), Seconds(7));
    EXPECT_EQ(peak.highest(), 8);
    for (int second = 0; second < 3; ++second)
        peak.add(1, Seconds(1), Seconds(7));
    EXPECT_EQ(peak.highest(), 1);
}

TEST(Peak, ForgetsAtOnceAfterALongPause)
{
    Peak peak;
    peak.add(8, Seconds(1), Seconds(5));
    peak.add(1, Seconds(100), Seconds(5));
    EXPECT_EQ(peak.highest(), 1);
}

TEST(Peak, StretchesWithReversalsAndForgetsThem)
{
    Peak peak;
    for (int reversal = 0; reversal < 9; ++reversal)
        peak.note_reversal();
    EXPECT_EQ(peak.stretch(), 16);
    peak.add(1, Seconds(60), Seconds(5));
    EXPECT_DOUBLE_EQ(peak.stretch(), 4); // half of four reversals
}

} // namespace
} // namespace mitosis
