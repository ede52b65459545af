// SPDX-License-Identifier: GPL-2.0-only
#include "core/activity.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "support/builders.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string_view>

namespace mitosis {
namespace {

using std::chrono::seconds;

CellStatus owning(std::string_view cpu_list, const CellCounters &counters)
{
    CellStatus status;
    status.cpus = test::cpus(cpu_list);
    status.counters = counters;
    return status;
}

TEST(Activity, IsWhatTheCountersGrewBy)
{
    const CellStatus before = owning("0-3", {.dispatch_local = 10, .run_ns = 1'000'000'000});
    const CellStatus now = owning("0-3", {.dispatch_local = 25, .run_ns = 5'000'000'000});
    const Activity did = activity(&before, now, seconds(2));
    EXPECT_EQ(did.events, (CellCounters{.dispatch_local = 15, .run_ns = 4'000'000'000}));
    EXPECT_EQ(of_capacity<&CellCounters::run_ns>(did).value(), 0.5);
}

TEST(Activity, OfCountersThatBeganAnewIsAllTheyCount)
{
    const CellStatus before = owning("0-3", {.dispatch_local = 10, .steals = 3});
    const CellStatus now = owning("0-3", {.dispatch_local = 25, .steals = 2});
    EXPECT_EQ(activity(&before, now, seconds(1)).events, now.counters);
    EXPECT_EQ(activity(nullptr, now, seconds(1)).events, now.counters);
}

TEST(Activity, HasTheCpusThatWereOwnedBeforeItEnded)
{
    EXPECT_EQ(activity(nullptr, owning("0-1", {}), seconds(1)).capacity_ns, 2e9);
    const CellStatus before = owning("0-3", {});
    EXPECT_EQ(activity(&before, owning("0-1", {}), seconds(1)).capacity_ns, 4e9);
}

TEST(Activity, AddsUp)
{
    Activity sum{.events = {.dispatch_local = 1}, .capacity_ns = 10};
    add(sum, {.events = {.dispatch_local = 2, .steals = 3}, .capacity_ns = 20});
    EXPECT_EQ(sum.events, (CellCounters{.dispatch_local = 3, .steals = 3}));
    EXPECT_EQ(sum.capacity_ns, 30);
}

TEST(Ratio, OfNothingIsNothing)
{
    const Activity idle;
    for (const Formula formula :
         {of_decisions<&CellCounters::steals>, of_capacity<&CellCounters::lent_ns>, borrowed_of_use,
          share_of_decisions}) {
        EXPECT_EQ(formula(idle).value(), 0.0);
        EXPECT_EQ(formula(idle).percent(), 0.0);
    }
    EXPECT_EQ(smoothed_utilization(owning("", {})).value(), 0.0);
}

} // namespace
} // namespace mitosis
