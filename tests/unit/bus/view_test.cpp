// SPDX-License-Identifier: GPL-2.0-only
#include "bus/facts.hpp"
#include "bus/view.hpp"
#include "core/activity.hpp"
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

/// Cells 0 and 1 with two CPUs each; so many decisions of each so far.
Status sampled(double second, std::uint64_t decisions)
{
    Status status = status_with(2);
    for (CellStatus &cell : status.cells) {
        cell.cpus = test::cpus("0-1");
        cell.counters.dispatch_local = decisions;
    }
    status.sampled_at = at(second);
    return status;
}

TEST(View, ShowsWhatWasDoneBetweenTwoSamples)
{
    const View first = make_view(sampled(10, 100), {}, {}, moment(10.0, 1000));
    EXPECT_EQ(first.activity.all_decisions, 0U); // nobody knows since when it counts
    const View second = make_view(sampled(12, 130), {}, first, moment(12.0, 1002));
    const Activity &of_cell = second.cells[1].activity;
    EXPECT_EQ(of_cell.events.dispatch_local, 30U);
    EXPECT_EQ(of_cell.all_decisions, 60U);
    EXPECT_EQ(of_cell.capacity_ns, 4e9);
    EXPECT_EQ(second.activity.events.dispatch_local, 60U);
    EXPECT_EQ(second.activity.all_decisions, 60U);
    EXPECT_EQ(second.activity.capacity_ns, 8e9);
}

TEST(View, KeepsTheIntervalUntilTheNextSample)
{
    const View first = make_view(sampled(10, 100), {}, {}, moment(10.0, 1000));
    const View second = make_view(sampled(12, 130), {}, first, moment(12.0, 1002));
    const View same = make_view(sampled(12, 130), {}, second, moment(13.0, 1003));
    EXPECT_EQ(same.cells[1].activity.events, second.cells[1].activity.events);
    EXPECT_EQ(same.activity.all_decisions, 60U);
    const View quiet = make_view(sampled(14, 130), {}, same, moment(14.0, 1004));
    EXPECT_EQ(quiet.activity.all_decisions, 0U);
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

TEST(View, SaysThatAReloadWasRefusedWhereNothingElseIsWrong)
{
    ServiceFacts facts;
    facts.state = State::running;
    facts.refused_reload = "mitosis.toml:1:1: why";
    Status status;
    status.state = State::running;
    const View refused = make_view(status, facts, {}, moment(1.0, 1));
    EXPECT_EQ(refused.facts.state, State::running);
    EXPECT_EQ(refused.facts.state_reason, "config-rejected");

    status.state = State::degraded;
    status.reason = "too-many-cells";
    EXPECT_EQ(make_view(status, facts, {}, moment(1.0, 1)).facts.state_reason, "too-many-cells");
    facts.state = State::detached;
    facts.state_reason = "sysrq";
    EXPECT_EQ(make_view(status, facts, {}, moment(1.0, 1)).facts.state_reason, "sysrq");
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

TEST(View, NamesCgroupsAsTextWhateverTheirBytes)
{
    Status status = status_with(1);
    status.cells[0].cell.path = "/w/\xff";
    status.warnings = {{.cgroup = "/w/\xfe", .reason = "\xfd"}};
    const View view = make_view(status, {}, {}, moment(150.0, 1000));
    EXPECT_EQ(view.cells[0].status.cell.path, R"(/w/\xff)");
    EXPECT_EQ(view.warnings.at(0).cgroup, R"(/w/\xfe)");
    EXPECT_EQ(view.warnings.at(0).reason, R"(\xfd)");
}

} // namespace

} // namespace mitosis::bus
