// SPDX-License-Identifier: GPL-2.0-only
// The figures that upstream's clients read, against the formulas of its table.
#include "stats/metrics.hpp"

#include "core/cell_table.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "core/tally.hpp"
#include "support/builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace mitosis::stats {

namespace {

using namespace mitosis::test;
using Json = nlohmann::json;

constexpr std::uint64_t second_ns = 1'000'000'000;

CellStatus a_cell(std::uint32_t id, std::string_view cpu_list)
{
    CellStatus status;
    status.cell.id = CellId{id};
    status.cell.instance = id;
    status.cell.path = id == 0 ? "/" : "/w/cell" + std::to_string(id);
    status.cpus = cpus(cpu_list);
    return status;
}

/// Cell 0 with CPUs 0-1, cell 1 with CPUs 2-5, sampled at this second.
Status a_status(double second)
{
    Status status;
    status.cells = {a_cell(0, "0-1"), a_cell(1, "2-5")};
    status.sampled_at = at(second);
    return status;
}

Json metrics_of(const Status &before, const Status &now)
{
    Recorder recorder;
    recorder.record(before);
    recorder.record(now);
    return Json::parse(recorder.metrics());
}

TEST(Recorder, MeasuresTheIntervalThatPassed)
{
    Status now = a_status(12);
    now.cells[1].counters.run_ns = 4 * second_ns;
    const Json metrics = metrics_of(a_status(10), now);
    EXPECT_EQ(metrics["cells"]["1"]["util_pct"], 50.0); // 4 s of 4 CPUs in 2 s
    EXPECT_EQ(metrics["cells"]["0"]["util_pct"], 0.0);
    EXPECT_NEAR(metrics["util_pct"].get<double>(), 100.0 / 3, 1e-9); // idle cells count, too
}

TEST(Recorder, DividesByTheCpusThatWereOwnedInTheInterval)
{
    Status now = a_status(12);
    now.cells[1].counters.run_ns = 4 * second_ns;
    now.cells[1].cpus = cpus("2-3"); // of 4: it lost the others after this sample
    const Json cell = metrics_of(a_status(10), now)["cells"]["1"];
    EXPECT_EQ(cell["util_pct"], 50.0);
    EXPECT_EQ(cell["num_cpus"], 2);
}

TEST(Recorder, CountsTheDecisionsOfTheInterval)
{
    Status before = a_status(1);
    before.cells[1].counters.dispatch_local = 100;
    Status now = a_status(2);
    now.cells[1].counters.dispatch_local = 130;
    now.cells[1].counters.dispatch_cell_queue = 60;
    now.cells[1].counters.dispatch_borrowed = 10;
    now.cells[0].counters.dispatch_cpu_queue = 100;
    const Json metrics = metrics_of(before, now);
    const Json &cell = metrics["cells"]["1"];
    EXPECT_EQ(cell["total_decisions"], 100);
    EXPECT_EQ(cell["local_q_pct"], 30.0);
    EXPECT_EQ(cell["cell_q_pct"], 60.0);
    EXPECT_EQ(cell["borrowed_pct"], 10.0);
    EXPECT_EQ(cell["share_of_decisions_pct"], 50.0);
    EXPECT_EQ(metrics["total_decisions"], 200);
    EXPECT_EQ(metrics["cpu_q_pct"], 50.0);
    EXPECT_EQ(metrics["share_of_decisions_pct"], 100.0);
}

/// 1000 decisions, and every other counter another number.
CellCounters distinct_counters()
{
    CellCounters counters;
    counters.dispatch_local = 400;
    counters.dispatch_cpu_queue = 300;
    counters.dispatch_cell_queue = 200;
    counters.dispatch_borrowed = 100;
    counters.affinity_violations = 50;
    counters.steals = 60;
    counters.private_steals = 70; // no field of upstream's
    counters.multicpu_pins = 80;  // neither
    counters.pin_skips = 90;
    counters.slice_shrink_max = 3;
    counters.slice_shrink_proportional = 4;
    counters.slice_shrink_min = 5;
    counters.run_ns = 3 * second_ns;
    counters.borrowed_ns = 3 * second_ns / 4;
    counters.lent_ns = second_ns / 2;
    return counters;
}

TEST(Recorder, HasEveryFieldOfBothReleasesWithItsOwnValue)
{
    Status now = a_status(2);
    now.cells[1].counters = distinct_counters();
    now.cells[1].load.smoothed = 1;
    moves_for(now.tally, Trigger::automatic) = 6;
    const Json metrics = metrics_of(a_status(1), now);
    const Json of_both = Json::parse(R"({
        "local_q_pct": 40.0, "cpu_q_pct": 30.0, "cell_q_pct": 20.0, "borrowed_pct": 10.0,
        "affn_violations_pct": 5.0, "steal_pct": 6.0, "drain_cnt": 0, "drain_affn_cnt": 0,
        "pin_skip_pct": 9.0, "slice_shrink": 12, "slice_shrink_max": 3,
        "slice_shrink_proportional": 4, "slice_shrink_min": 5, "share_of_decisions_pct": 100.0,
        "total_decisions": 1000, "demand_borrow_pct": 25.0})");
    Json cell = of_both;
    cell.update(Json::parse(R"({"num_cpus": 4, "cgroup_path": "/w/cell1", "util_pct": 75.0,
                                "lent_pct": 12.5, "smoothed_util_pct": 25.0})"));
    EXPECT_EQ(metrics["cells"]["1"], cell);
    Json all = of_both; // of 6 CPUs
    all.update(Json::parse(R"({"num_cells": 2, "util_pct": 50.0, "rebalance_count": 6,
                               "enforced_holdout": 0})"));
    all["lent_pct"] = 100.0 * 0.5 / 6;
    all["cells"] = metrics["cells"];
    EXPECT_EQ(metrics, all);
}

TEST(Recorder, ShowsWhatIsBorrowedAndLent)
{
    Status now = a_status(2);
    now.cells[1].counters.run_ns = 5 * second_ns;
    now.cells[1].counters.borrowed_ns = second_ns;
    now.cells[0].counters.lent_ns = second_ns;
    const Json metrics = metrics_of(a_status(1), now);
    EXPECT_EQ(metrics["cells"]["1"]["util_pct"], 125.0);
    EXPECT_EQ(metrics["cells"]["1"]["demand_borrow_pct"], 20.0);
    EXPECT_EQ(metrics["cells"]["0"]["lent_pct"], 50.0);
}

TEST(Recorder, ShowsTheSmoothedDemandOverTheOwnCpus)
{
    Status now = a_status(2);
    now.cells[1].load.smoothed = 6; // of 4 CPUs: tasks wait
    Json cells = metrics_of(a_status(1), now)["cells"];
    EXPECT_EQ(cells["1"]["smoothed_util_pct"], 150.0);
    EXPECT_EQ(cells["0"]["smoothed_util_pct"], 0.0);
    now.cells[1].cpus = {};
    cells = metrics_of(a_status(1), now)["cells"];
    EXPECT_EQ(cells["1"]["smoothed_util_pct"], 0.0);
}

/// Six CPUs, of which cell 1 claims these.
Status claiming(std::string_view cpu_list)
{
    Status status = a_status(1);
    status.managed = cpus("0-5");
    status.cells[1].cell.cpuset = cpus(cpu_list);
    return status;
}

Json held_out(const Status &status, std::uint64_t cell0_min_cpus)
{
    Recorder recorder;
    recorder.record(status, cell0_min_cpus);
    return Json::parse(recorder.metrics())["enforced_holdout"];
}

TEST(Recorder, SaysWhenClaimedCpusAreHeldOutForCell0)
{
    EXPECT_EQ(held_out(claiming("0-5"), 2), 1);
    EXPECT_EQ(held_out(claiming("1-5"), 2), 1); // one of two was free
    EXPECT_EQ(held_out(claiming("2-5"), 2), 0); // both were
    EXPECT_EQ(held_out(claiming("0-5"), 0), 0); // cell 0 has them, but no minimum
}

TEST(Recorder, RemembersThatCpusWereHeldOut)
{
    Recorder recorder;
    recorder.record(claiming("0-5"), 2);
    recorder.record(claiming("2-5"), 2);
    EXPECT_EQ(Json::parse(recorder.metrics())["enforced_holdout"], 1);
}

TEST(Recorder, StartsFromZeroWhereAnIdWasTakenAnew)
{
    Status before = a_status(1);
    before.cells[1].counters.dispatch_local = 1000;
    Status now = a_status(2);
    now.cells[1].cell.instance = 77;
    now.cells[1].counters.dispatch_local = 5;
    EXPECT_EQ(metrics_of(before, now)["cells"]["1"]["total_decisions"], 5);
}

TEST(Recorder, HasNoEntryForACellThatIsGone)
{
    Status now = a_status(2);
    now.cells.pop_back();
    const Json metrics = metrics_of(a_status(1), now);
    EXPECT_FALSE(metrics["cells"].contains("1"));
    EXPECT_EQ(metrics["num_cells"], 1);
}

TEST(Recorder, KeepsTheIntervalWhileNothingNewWasSampled)
{
    Status now = a_status(2);
    now.cells[1].counters.run_ns = 4 * second_ns;
    Recorder recorder;
    recorder.record(a_status(1));
    recorder.record(now);
    now.cells[1].cell.path = "/w/renamed";
    recorder.record(now);
    const Json cell = Json::parse(recorder.metrics())["cells"]["1"];
    EXPECT_EQ(cell["util_pct"], 100.0);
    EXPECT_EQ(cell["cgroup_path"], "/w/renamed");
}

TEST(Recorder, DividesByNothing)
{
    Recorder recorder;
    EXPECT_EQ(Json::parse(recorder.metrics())["num_cells"], 0);
    recorder.record(a_status(1));
    EXPECT_EQ(Json::parse(recorder.metrics())["util_pct"], 0.0);
    EXPECT_THAT(recorder.metrics(), ::testing::Not(::testing::HasSubstr("null")));
}

TEST(Meta, DescribesEveryFieldOfTheMetrics)
{
    const Json described = Json::parse(meta());
    const Json metrics = metrics_of(a_status(1), a_status(2));
    for (const auto &[name, value] : metrics.items())
        EXPECT_TRUE(described["Metrics"]["fields"].contains(name)) << name;
    for (const auto &[name, value] : metrics["cells"]["1"].items())
        EXPECT_TRUE(described["CellMetrics"]["fields"].contains(name)) << name;
    EXPECT_EQ(described["Metrics"]["top"], "true");
    EXPECT_FALSE(described["CellMetrics"].contains("top"));
    EXPECT_EQ(described["CellMetrics"]["user"]["_om_label"], "cell");
    EXPECT_EQ(described["CellMetrics"]["fields"]["num_cpus"]["datum"], "u64");
    EXPECT_EQ(described["CellMetrics"]["fields"]["util_pct"]["datum"], "float");
}

TEST(Pretty, IsInTheOrderOfDeclarationAndCellsByNumber)
{
    const auto pretty = to_pretty(R"({"cells":{"10":{"util_pct":1.0,"num_cpus":2},
                                               "2":{"num_cpus":1}},"util_pct":3.0,"num_cells":2})");
    ASSERT_TRUE(pretty);
    EXPECT_EQ(*pretty, R"({
  "num_cells": 2,
  "util_pct": 3.0,
  "cells": {
    "2": {
      "num_cpus": 1
    },
    "10": {
      "num_cpus": 2,
      "util_pct": 1.0
    }
  }
})");
    EXPECT_FALSE(to_pretty("[1]"));
}

} // namespace

} // namespace mitosis::stats
