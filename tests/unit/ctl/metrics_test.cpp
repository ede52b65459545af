// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/metrics.hpp"
#include "ctl/snapshot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace mitosis::ctl {

namespace {

using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<CellSnapshot> one_cell()
{
    CellSnapshot cell;
    cell.id = 3;
    cell.cgroup = "/work.slice/we\"b";
    cell.cpus = {4, 5};
    cell.utilization = 0.25;
    cell.cpu_usage_ns = 1'500'000'000;
    cell.dispatch_local = 7;
    cell.waits = 6;
    cell.wait_ns = 42'000;
    cell.wait_histogram = {3, 2, 1};
    return {cell};
}

TEST(Metrics, NamesTheCellInEverySample)
{
    const std::string text = to_metrics({}, one_cell(), Dialect::prometheus);
    EXPECT_THAT(text, HasSubstr(R"(scx_mitosis_cell_cpus{cell="3",cgroup="/work.slice/we\"b"} 2)"));
    EXPECT_THAT(text, HasSubstr(R"(queue="local"} 7)"));
}

TEST(Metrics, CountsInBaseUnits)
{
    const std::string text = to_metrics({}, one_cell(), Dialect::prometheus);
    EXPECT_THAT(text, HasSubstr("scx_mitosis_cell_cpu_seconds_total{cell=\"3\""));
    EXPECT_THAT(text, HasSubstr("} 1.500000000\n"));
    EXPECT_THAT(text, HasSubstr("scx_mitosis_cell_utilization_ratio{cell=\"3\""));
    EXPECT_THAT(text, HasSubstr("} 0.25\n"));
}

TEST(Metrics, AccumulatesTheHistogramOfWaits)
{
    const std::string text = to_metrics({}, one_cell(), Dialect::open_metrics);
    EXPECT_THAT(text, HasSubstr("le=\"2e-06\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("le=\"4e-06\"} 5\n"));
    EXPECT_THAT(text, HasSubstr("le=\"+Inf\"} 6\n"));
    EXPECT_THAT(text, HasSubstr("scx_mitosis_cell_wait_seconds_sum{"));
    EXPECT_THAT(text, HasSubstr("} 0.000042000\n"));
}

TEST(Metrics, NamesCountersAsTheDialectWantsIt)
{
    ServiceSnapshot service;
    service.rebalance_counts = {{"auto", 5}};
    const std::string prometheus = to_metrics(service, {}, Dialect::prometheus);
    EXPECT_THAT(prometheus, HasSubstr("# TYPE scx_mitosis_rebalances_total counter\n"));
    EXPECT_THAT(prometheus, HasSubstr("\nscx_mitosis_rebalances_total{trigger=\"auto\"} 5\n"));
    EXPECT_THAT(prometheus, Not(HasSubstr("# EOF")));
    const std::string open = to_metrics(service, {}, Dialect::open_metrics);
    EXPECT_THAT(open, HasSubstr("# TYPE scx_mitosis_rebalances counter\n"));
    EXPECT_THAT(open, HasSubstr("# UNIT scx_mitosis_cell_cpu_seconds seconds\n"));
    EXPECT_THAT(open, HasSubstr("\nscx_mitosis_rebalances_total{trigger=\"auto\"} 5\n"));
    EXPECT_THAT(open, EndsWith("# EOF\n"));
}

TEST(Metrics, SayTheStateAndTheLastExit)
{
    ServiceSnapshot service;
    service.state = "degraded";
    service.last_exit.kind = 1026;
    service.last_exit.reason = "runnable task stall";
    service.last_exit.realtime_us = 1'700'000'000'000'000;
    const std::string text = to_metrics(service, {}, Dialect::prometheus);
    EXPECT_THAT(text, HasSubstr("scx_mitosis_state{state=\"degraded\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("scx_mitosis_state{state=\"running\"} 0\n"));
    EXPECT_THAT(text,
                HasSubstr("{kind=\"1026\",reason=\"runnable task stall\"} 1700000000.000000"));
}

TEST(Metrics, CountWhatBefellTheWholeService)
{
    ServiceSnapshot service;
    service.metrics = {{"RebalanceRejectedCount", 2},
                       {"ReconfigureCount", 3},
                       {"AttachCount", 4},
                       {"QueueDrainCount", 5},
                       {"ApplyDurationUSec", 1500}};
    service.kernel_exit_counts = {{"kernel-stall", 1}, {"sysrq", 0}};
    const std::string text = to_metrics(service, {}, Dialect::prometheus);
    for (const char *line :
         {"scx_mitosis_rebalances_rejected_total 2", "scx_mitosis_reconfigures_total 3",
          "scx_mitosis_attaches_total 4", "scx_mitosis_queue_drains_total 5",
          "scx_mitosis_apply_duration_seconds 0.001500",
          "scx_mitosis_kernel_exits_total{kind=\"kernel-stall\"} 1",
          "scx_mitosis_kernel_exits_total{kind=\"sysrq\"} 0"})
        EXPECT_THAT(text, HasSubstr(std::string("\n") + line + "\n"));
}

TEST(Metrics, ShowWhatACellNeeds)
{
    auto cells = one_cell();
    cells[0].smoothed_utilization = 1.5;
    cells[0].demand_cpus = 7.5;
    cells[0].reclaim_max_ns = 3'000'000;
    cells[0].private_steals = 8;
    const std::string text = to_metrics({}, cells, Dialect::prometheus);
    EXPECT_THAT(text, ContainsRegex("scx_mitosis_cell_smoothed_utilization_ratio[{].*[}] 1.5\n"));
    EXPECT_THAT(text, ContainsRegex("scx_mitosis_cell_demand_cpus[{].*[}] 7.5\n"));
    EXPECT_THAT(text, ContainsRegex("scx_mitosis_cell_reclaim_peak_seconds[{].*[}] 0.003000000\n"));
    EXPECT_THAT(text, ContainsRegex("scx_mitosis_cell_private_steals_total[{].*[}] 8\n"));
}

TEST(Metrics, SayThatTheServiceIsDown)
{
    EXPECT_EQ(metrics_without_service(Dialect::open_metrics),
              "# TYPE scx_mitosis_up gauge\n"
              "# HELP scx_mitosis_up Whether the service answered: 1 or 0.\n"
              "scx_mitosis_up 0\n# EOF\n");
}

TEST(Metrics, AreAllInTheManualPage)
{
    std::ifstream file(EXPORTER_PAGE);
    ASSERT_TRUE(file);
    std::ostringstream page;
    page << file.rdbuf();
    for (const std::string &name : metric_families())
        EXPECT_THAT(page.str(), HasSubstr("*" + name)) << "not described";
}

} // namespace

} // namespace mitosis::ctl
