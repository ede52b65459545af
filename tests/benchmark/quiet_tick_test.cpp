// SPDX-License-Identifier: GPL-2.0-only
// A tick on which nothing is decided allocates no memory, whatever the size of the machine.
#include "benchmark/machine.hpp"

#include "core/decide.hpp"
#include "core/ids.hpp"
#include "core/rebalance.hpp"
#include "support/count_allocations.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace mitosis::test {
namespace {

void warm_up(RunningMachine &machine)
{
    for (int tick = 0; tick < 3; ++tick)
        machine.decide_on(machine.next_tick());
}

std::size_t allocated_by_the_next_tick(RunningMachine &machine)
{
    Inputs inputs = machine.next_tick();
    const std::size_t before = allocations();
    machine.decide_on(std::move(inputs));
    const std::size_t after = allocations();
    EXPECT_FALSE(machine.last().apply.has_value());
    return after - before;
}

std::size_t allocated_by_a_quiet_tick(unsigned cpus, std::uint32_t cells)
{
    RunningMachine machine(cpus, cells);
    warm_up(machine);
    return allocated_by_the_next_tick(machine);
}

TEST(Allocations, AreCounted)
{
    const std::size_t before = allocations();
    const auto something = std::make_unique<int>(1);
    EXPECT_NE(something, nullptr);
    EXPECT_EQ(allocations() - before, 1U);
}

TEST(AQuietTick, AllocatesNothingOnASmallMachine)
{
    EXPECT_EQ(allocated_by_a_quiet_tick(8, 4), 0U);
}

TEST(AQuietTick, AllocatesNothingOnALargeMachine)
{
    EXPECT_EQ(allocated_by_a_quiet_tick(512, 200), 0U);
}

TEST(AQuietTick, AllocatesNothingOnTheLargestMachine)
{
    EXPECT_EQ(allocated_by_a_quiet_tick(8192, 1024), 0U);
}

TEST(AQuietTick, AllocatesNothingWithCellsThatOwnNothing)
{
    EXPECT_EQ(allocated_by_a_quiet_tick(8, 40), 0U);
}

TEST(AQuietTick, AllocatesNothingWhileACgroupIsRefused)
{
    RunningMachine machine(64, 20, Condition::refusing);
    warm_up(machine);
    EXPECT_EQ(machine.state().refused.size(), 1U);
    EXPECT_EQ(allocated_by_the_next_tick(machine), 0U);
}

TEST(AQuietTick, AllocatesNothingWhileNoMoveWouldRepayInSpiteOfTheSpread)
{
    RunningMachine machine(64, 4, Condition::uneven);
    for (int tick = 0; tick < 10; ++tick) // beyond the cooldown, when load may move CPUs
        machine.decide_on(machine.next_tick());
    EXPECT_GE(spread_pct(machine.state().loads, machine.state().applied),
              machine.config().rebalancing.threshold);
    EXPECT_EQ(allocated_by_the_next_tick(machine), 0U);
}

TEST(ADivision, ReachesTheLastOf8192Cpus)
{
    RunningMachine machine(8192, 3);
    EXPECT_EQ(machine.state().applied.find(CellId{3})->primary.count(), 2048U);
    EXPECT_EQ(machine.last().status.managed.count(), 8192U);
}

} // namespace
} // namespace mitosis::test
