// SPDX-License-Identifier: GPL-2.0-only
// What a bug report gets to read of the scheduler's events.
#include "bus/dump.hpp"
#include "bus/view.hpp"
#include "core/event.hpp"
#include "core/event_tail.hpp"
#include "core/ids.hpp"
#include "core/kernel_event.hpp"
#include "core/tally.hpp"
#include "support/builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace mitosis::bus {
namespace {

using std::chrono::seconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::string dump_with(bool debug_events)
{
    View view;
    view.facts.settings.features.debug_events = debug_events;
    EventTail tail(1);
    tail.add({.events = {{.kind = KernelEvent::Kind::task,
                          .at_ns = 1,
                          .cgroup = {},
                          .pid = 1,
                          .cell = {},
                          .cpu = 0},
                         {.kind = KernelEvent::Kind::borrow,
                          .at_ns = 140'500'000'000,
                          .cgroup = CgroupId{1234},
                          .pid = 77,
                          .cell = CellId{2},
                          .cpu = 3}},
              .lost = 4});
    // 150 s after boot it is noon.
    const Now now{.monotonic = test::at(150.0),
                  .realtime = std::chrono::sys_days{std::chrono::year(2026) / 11 / 28} +
                              seconds(12 * 3600)};
    return to_dump(view, tail, now);
}

TEST(Dump, EndsWithTheEventsInWords)
{
    EXPECT_THAT(dump_with(true),
                EndsWith("\nScheduling events: the last 1, the newest last; 5 before or among them "
                         "are not kept\n"
                         "Event: 2026-11-28T11:59:50.500000Z, 140.500000 s after boot, borrow, "
                         "CPU 3: task 77 of cgroup 1234 runs on a CPU of cell 2, which is not its "
                         "own\n"));
}

TEST(Dump, SaysTheRulesForCells)
{
    View view;
    view.facts.settings.cell_rules = {
        {.pattern = "a*", .min_cpus = 2, .borrow = false},
        {.pattern = "b\n", .llcs = {{LlcId{0}, LlcId{2}}}, .cpus = test::cpus("0-3,8")}};
    EXPECT_THAT(to_dump(view, EventTail(1), {}), HasSubstr("CellRule a*: min-cpus 2, borrow false\n"
                                                           "CellRule b?: llcs 0,2, cpus 0-3,8\n"));
}

TEST(Dump, SaysWhatIsOnAndHowOftenWhatHappened)
{
    View view;
    view.facts.features = {"borrowing", "rebalancing"};
    view.facts.kernel_exits = {{"sysrq", 4}};
    view.facts.attachments = 5;
    view.facts.reconfigurations = 6;
    moves_for(view.tally, Trigger::cgroup) = 3;
    view.tally.held_back = 2;
    const std::string dump = to_dump(view, EventTail(1), {});
    for (const char *line :
         {"\nFeatures: borrowing, rebalancing\n", "\nRebalanceCounts.cgroup: 3\n",
          "\nRebalanceCounts.auto: 0\n", "\nKernelExitCounts.sysrq: 4\n", "\nAttachCount: 5\n",
          "\nReconfigureCount: 6\n", "\nRebalanceRejectedCount: 2\n"})
        EXPECT_THAT(dump, HasSubstr(line));
    EXPECT_THAT(dump, Not(HasSubstr("RebalanceCounts.startup")));
}

TEST(Dump, SaysWhatACellClaimsAndWhatItDid)
{
    View view;
    view.facts.settings.cell_rules = {
        {.pattern = "web", .max_cpus = 6, .llcs = {{LlcId{3}}}, .cpus = test::cpus("1")}};
    view.cells.emplace_back();
    view.cells[0].status.cell.path = "/w/web";
    view.cells[0].status.cell.populated = false;
    view.cells[0].activity.events.dispatch_local = 1;
    view.cells[0].activity.events.dispatch_cell_queue = 3;
    const std::string dump = to_dump(view, EventTail(1), {});
    EXPECT_THAT(dump, HasSubstr("\nClaim: weight 100, min-cpus 0, exclusive false, lend-cores "
                                "false, borrow true, cpu-weight 100, populated false, max-cpus 6, "
                                "llcs 3, cpus 1\n"));
    EXPECT_THAT(dump, HasSubstr("\nRatios.DispatchLocal: 0.250\n"));
}

TEST(Dump, SaysThatThereAreNoEventsAndWhy)
{
    const std::string dump = dump_with(false);
    EXPECT_THAT(dump, EndsWith("\nScheduling events are not kept, because debug-events is off\n"));
    EXPECT_THAT(dump, Not(HasSubstr("Event: ")));
}

} // namespace
} // namespace mitosis::bus
