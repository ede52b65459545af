// SPDX-License-Identifier: GPL-2.0-only
// The text that people see, whole: a change here is a change for them.
#include "core/cell_policy.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "ctl/snapshot.hpp"
#include "ctl/text.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace mitosis::ctl {

namespace {

constexpr Look look{.now_monotonic_us = 300'000'000, .style = Style::plain};

ServiceSnapshot service()
{
    ServiceSnapshot service;
    service.version = "0.1.0";
    service.scheduler = "mitosis";
    service.features = {"borrowing", "rebalancing"};
    service.state = "running";
    service.attached_monotonic_us = 60'000'000;
    service.managed_cpus = {0, 1, 2, 3};
    service.cell_count = 2;
    service.max_cells = 256;
    service.cell_parent_cgroup = "/work.slice";
    service.generation = 7;
    service.rebalances = 4;
    service.rebalanced_monotonic_us = 288'000'000;
    return service;
}

std::vector<CellSnapshot> cells()
{
    CellSnapshot root;
    root.kind = "root";
    root.cgroup = "/";
    root.cpus = {0, 1};
    CellSnapshot web;
    web.id = 1;
    web.kind = "workload";
    web.cgroup = "/work.slice/web";
    web.cpus = {2, 3};
    web.utilization = 0.995;
    web.cpu_usage_ns = 72'000'000'000;
    web.waits = 1000;
    web.wait_ns = 18'000'000;
    web.wait_max_ns = 3'400'000;
    web.dispatch_local = 91;
    web.dispatch_cell_queue = 9;
    return {root, web};
}

TEST(Text, ShowsTheStatusAtAGlance)
{
    EXPECT_EQ(render_status(service(), look), "       State  running\n"
                                              "    Attached  4.0min ago\n"
                                              "   Scheduler  mitosis, service 0.1.0\n"
                                              "    Features  borrowing, rebalancing\n"
                                              "        CPUs  0-3 (4)\n"
                                              "       Cells  2 of at most 256\n"
                                              "      Parent  /work.slice\n"
                                              "  Generation  7\n"
                                              "  Rebalanced  12s ago, 4 in all\n"
                                              "   Last exit  none\n"
                                              "   Fallbacks  none\n"
                                              "    Warnings  none\n");
}

TEST(Text, SaysWhatTheKernelLacksAndWhatIsLeftUndone)
{
    ServiceSnapshot old_kernel = service();
    old_kernel.fallbacks = {"slices are written directly", "peeking takes locks"};
    old_kernel.warnings = {
        {.kind = "cpu-max-not-enforced", .cgroup = "/a", .reason = "cpu.max is not enforced"}};
    EXPECT_TRUE(render_status(old_kernel, look)
                    .ends_with("   Fallbacks  slices are written directly\n"
                               "              peeking takes locks\n"
                               "    Warnings  /a: cpu.max is not enforced\n"))
        << render_status(old_kernel, look);
}

TEST(Text, SaysWhyTheStateIsNotWell)
{
    ServiceSnapshot sick = service();
    sick.state = "degraded";
    sick.state_reason = "parent-cgroup-missing";
    sick.last_exit = {.kind = 1026, .code = 0, .reason = "stall", .message = "watchdog"};
    const std::string text = render_status(sick, look);
    EXPECT_TRUE(text.contains("State  degraded (parent-cgroup-missing)\n")) << text;
    EXPECT_TRUE(text.contains("Last exit  stall (kind 1026, code 0): watchdog\n")) << text;
}

TEST(Text, SaysWhatCouldNotBeMet)
{
    ServiceSnapshot crowded = service();
    crowded.unmet = {{.cell = 1, .claim = "min-cpus 4", .got = 2, .why = "no more are online"}};
    EXPECT_TRUE(
        render_status(crowded, look)
            .contains("       Unmet  cell 1 wants min-cpus 4, has 2: no more are online\n"));
}

TEST(Text, ColorsNothingButTheState)
{
    const Look colored{.now_monotonic_us = look.now_monotonic_us, .style = Style::colored};
    EXPECT_TRUE(
        render_status(service(), colored).starts_with("       State  \033[1;32mrunning\033[0m\n"));
}

TEST(Text, AlignsTheCells)
{
    EXPECT_EQ(
        render_cells(cells(), look),
        "ID  CGROUP           CPUS  N  UTIL     RUN  WAIT    MAX  LOCAL  QUEUE  PINNED  BORROWED\n"
        " 0  /                0-1   2    0%     0ns     -      -      -      -       -         -\n"
        " 1  /work.slice/web  2-3   2  100%  1.2min  18us  3.4ms    91%     9%      0%        "
        "0%\n");
}

TEST(Text, LeavesOutColumnsThatATerminalHasNoRoomFor)
{
    const auto head = [](std::size_t width) {
        const std::string text =
            render_cells(cells(), {.now_monotonic_us = 0, .style = Style::plain, .width = width});
        return text.substr(0, text.find('\n'));
    };
    const std::string all =
        "ID  CGROUP           CPUS  N  UTIL     RUN  WAIT    MAX  LOCAL  QUEUE  PINNED  BORROWED";
    EXPECT_EQ(head(all.size()), all);
    EXPECT_EQ(head(all.size() - 1), all.substr(0, all.find("  BORROWED")));
    EXPECT_EQ(head(80), all.substr(0, all.find("  BORROWED")));
    EXPECT_EQ(head(1), "ID");
}

TEST(Text, SaysWhatACellDidLately)
{
    CellSnapshot web = cells()[1];
    EXPECT_FALSE(render_cell(web, look).contains("Lately")); // it was not told
    web.ratios = {{"DispatchLocal", 0.01},      {"DispatchCellQueue", 0.02},
                  {"DispatchCpuQueue", 0.03},   {"DispatchBorrowed", 0.94},
                  {"AffinityViolations", 0.05}, {"Steals", 0.06},
                  {"PinSkips", 0.07},           {"Decisions", 0.08},
                  {"Borrowed", 0.09},           {"Lent", 0.1}};
    EXPECT_TRUE(render_cell(web, look).ends_with(
        "      Lately  8% of all dispatches, 1% local, 2% queue, 3% pinned, 94% "
        "borrowed\n"
        "              5% affinity violations, 6% steals, 7% pin skips\n"
        "              9% of its CPU time on others' CPUs, 10% of its CPUs lent\n"))
        << render_cell(web, look);
}

CellSnapshot claiming(const CellPolicy &policy, std::optional<double> demand)
{
    CellSnapshot cell = cells()[1];
    cell.claim = Party{.cell = {}, .cpuset = {}, .policy = policy, .weight = 2.5, .demand = demand};
    return cell;
}

TEST(Text, SaysWhatACellClaims)
{
    EXPECT_TRUE(render_cell(claiming({.min_cpus = 2,
                                      .max_cpus = 4,
                                      .weight = 300,
                                      .lend_cores = true,
                                      .borrow = false,
                                      .llcs = {LlcId{0}, LlcId{1}}},
                                     3.25),
                            look)
                    .contains("       Claim  min-cpus = 2, max-cpus = 4, weight = 300, lend-cores "
                              "= true, borrow = false, llcs = \"0-1\"; needs 3.25 CPUs, "
                              "cpu.weight 250\n"));
    EXPECT_TRUE(render_cell(claiming({}, {}), look).contains("       Claim  nothing special\n"));
    EXPECT_FALSE(render_cell(cells()[1], look).contains("Claim")); // it was not told
}

ServiceSnapshot with_rules()
{
    ServiceSnapshot ruled = service();
    ruled.config = {{"dbus", true}};
    ruled.cell_rules = {{.pattern = "a*", .min_cpus = 2, .exclusive = false},
                        {.pattern = "db", .cpus = to_set({0, 1, 8})}};
    return ruled;
}

TEST(Text, ShowsRulesForCellsAsTablesOfTheFile)
{
    const std::string rules = "\n[cell.\"a*\"]\nmin-cpus = 2\nexclusive = false\n"
                              "\n[cell.\"db\"]\ncpus = \"0-1,8\"\n";
    EXPECT_EQ(render_config(with_rules()), "dbus = true\n" + rules);
    EXPECT_EQ(render_config_diff(with_rules()), rules);
    EXPECT_EQ(render_setting_names(with_rules()), "dbus\n"); // rules cannot be set
}

TEST(Text, TellsADryRunFromAChange)
{
    const RebalanceResult result{.generation = 8,
                                 .changes = {{.cell = 1, .gained = {4, 5}, .lost = {}}}};
    EXPECT_EQ(render_rebalance(result, Tense::would),
              "Would change (nothing was done):\n  cell 1: gains 4-5, loses -\n");
    EXPECT_EQ(render_rebalance(result, Tense::did),
              "Changed, generation 8:\n  cell 1: gains 4-5, loses -\n");
    EXPECT_EQ(render_rebalance({}, Tense::did), "Nothing to change.\n");
}

TEST(Text, TellsWhatChangedAndWhoIsThere)
{
    Happening happening;
    happening.kind = Happening::Kind::changed;
    happening.properties = {{.name = "State", .value = "running"},
                            {.name = "ManagedCpus", .value = Cpus{0, 1, 4}},
                            {.name = "Features", .value = std::vector<std::string>{"a", "b"}},
                            {.name = "Cells", .value = {}}};
    EXPECT_EQ(render_happening(happening),
              "changed: State running, ManagedCpus 0-1,4, Features [a, b], Cells\n");
    happening.kind = Happening::Kind::service_gone;
    EXPECT_EQ(render_happening(happening), "the service is gone from the bus\n");
    happening.kind = Happening::Kind::service_came;
    EXPECT_EQ(render_happening(happening), "the service is on the bus again\n");
}

TEST(Text, TellsWhatTheSchedulerNoticed)
{
    Happening happening;
    happening.kind = Happening::Kind::scheduler_event;
    happening.event = {
        .monotonic_us = 5, .kind = "move", .pid = 77, .cgroup_id = 1234, .cell = 0, .cpu = 3};
    EXPECT_EQ(render_happening(happening), "move, CPU 3: task 77 moved to cgroup 1234\n");
    happening.event.kind = "newer";
    EXPECT_EQ(render_happening(happening), "newer, CPU 3: task 77 of cgroup 1234, cell 0\n");
    happening.kind = Happening::Kind::events_left_out;
    happening.left_out = 9;
    EXPECT_EQ(render_happening(happening), "left out, because there were too many: 9\n");
}

} // namespace

} // namespace mitosis::ctl
