// SPDX-License-Identifier: GPL-2.0-only
#include "bus/facts.hpp"
#include "bus/view.hpp"
#include "core/ids.hpp"
#include "core/status.hpp"
#include "support/builders.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

namespace mitosis::bus {

namespace {

using std::chrono::seconds;
using test::at;

Status status_with(std::uint32_t cells)
{
    Status status;
    for (std::uint32_t id = 0; id < cells; ++id) {
        CellStatus cell;
        cell.cell = test::cell(id);
        cell.cell.instance = id;
        cell.cell.created_at = at(100.0);
        cell.counters.waits = 10 + id;
        status.cells.push_back(cell);
    }
    return status;
}

/// `monotonic_s` after boot, in a calendar that ran for `realtime_s`.
Now moment(double monotonic_s, int realtime_s)
{
    return {at(monotonic_s), std::chrono::system_clock::time_point(seconds(realtime_s))};
}

TEST(View, PutsAMonotonicTimeIntoTheCalendar)
{
    const View view = make_view(status_with(1), {}, {}, moment(150.0, 1000));
    EXPECT_EQ(view.cells[0].created_realtime_us, 950'000'000U);
}

TEST(View, KeepsThePastWhenTheCalendarIsStepped)
{
    Status status = status_with(1);
    status.rebalanced_at = at(120.0);
    const View before = make_view(status, {}, {}, moment(150.0, 1000));
    const View now = make_view(status, {}, before, moment(151.0, 500'000));
    EXPECT_EQ(now.cells[0].created_realtime_us, 950'000'000U);
    EXPECT_EQ(now.rebalanced_realtime_us, 970'000'000U);
    EXPECT_EQ(now.rebalanced_monotonic_us, 120'000'000U);
}

TEST(View, AddsUpTheCountersOfCellsThatAreGone)
{
    const View two = make_view(status_with(2), {}, {}, moment(150.0, 1000));
    EXPECT_EQ(total(two).waits, 21U);
    const View one = make_view(status_with(1), {}, two, moment(151.0, 1001));
    EXPECT_EQ(total(one).waits, 21U);
    const View still_one = make_view(status_with(1), {}, one, moment(152.0, 1002));
    EXPECT_EQ(total(still_one).waits, 21U);
}

TEST(View, IsDegradedByTheEngineOnlyWhileTheKernelRunsUs)
{
    ServiceFacts facts;
    facts.state = State::running;
    Status status;
    status.state = State::degraded;
    status.reason = "parent-cgroup-missing";
    const View degraded = make_view(status, facts, {}, moment(1.0, 1));
    EXPECT_EQ(degraded.facts.state, State::degraded);
    EXPECT_EQ(degraded.facts.state_reason, "parent-cgroup-missing");

    facts.state = State::detached;
    facts.state_reason = "sysrq";
    const View detached = make_view(status, facts, {}, moment(1.0, 1));
    EXPECT_EQ(detached.facts.state, State::detached);
    EXPECT_EQ(detached.facts.state_reason, "sysrq");
}

TEST(View, FindsTheNearestOwnerOfACgroup)
{
    Status status = status_with(3);
    status.cells[1].cell.path = "/jobs/web";
    status.cells[2].cell.path = "/jobs/web/inner";
    const View view = make_view(status, {}, {}, moment(1.0, 1));
    EXPECT_EQ(cell_of_cgroup(view, "/jobs/web"), CellId{1});
    EXPECT_EQ(cell_of_cgroup(view, "/jobs/web/a/b"), CellId{1});
    EXPECT_EQ(cell_of_cgroup(view, "/jobs/web/inner/x"), CellId{2});
    EXPECT_EQ(cell_of_cgroup(view, "/jobs/website"), root_cell);
}

} // namespace

} // namespace mitosis::bus
