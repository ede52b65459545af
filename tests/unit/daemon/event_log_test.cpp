// SPDX-License-Identifier: GPL-2.0-only
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/config.hpp"
#include "core/cpu_set.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/status.hpp"
#include "daemon/event_log.hpp"
#include "daemon/journal_sink.hpp"
#include "daemon/log.hpp"
#include "support/builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::daemon {
namespace {

using testing::Contains;
using testing::ElementsAre;

Cell web()
{
    Cell cell{};
    cell.id = CellId{2};
    cell.cgroup = CgroupId{4711};
    cell.path = "/apps/web";
    return cell;
}

std::vector<std::string> messages_of(const std::vector<Event> &events)
{
    std::vector<std::string> messages;
    for (const LogRecord &record : to_records(events))
        messages.push_back(record.message);
    return messages;
}

Reassigned reassigned(Trigger trigger)
{
    return {.generation = 3, .trigger = trigger, .shifts = {}, .summary = "[0: 0-3] [2(web): 4-7]"};
}

TEST(EventLog, KeepsThePhrasesThatScriptsLookFor)
{
    EXPECT_THAT(messages_of({CellCreated{web()}, CellRemoved{web()}}),
                ElementsAre("Created cell 2 for cgroup /apps/web (cgid=4711)",
                            "Destroyed cell 2 for cgroup /apps/web (cgid=4711)"));
}

TEST(EventLog, WarnsOfALimitThatIsNotEnforced)
{
    const CpuQuota quota{.path = "/apps/web",
                         .quota = std::chrono::milliseconds(50),
                         .period = std::chrono::milliseconds(100)};
    const auto records = to_records(std::vector<Event>{QuotaIgnored{quota}});
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].level, LogLevel::warn);
    EXPECT_THAT(records[0].message,
                testing::StartsWith("/apps/web: cpu.max (50000 us in 100000 us) is not enforced"));
}

TEST(EventLog, CountsTheCellsOfAnUpdate)
{
    EXPECT_THAT(messages_of({CellCreated{web()}, reassigned(Trigger::cgroup)}),
                Contains("Cell config updated (1 new, 0 destroyed): [0: 0-3] [2(web): 4-7]"));
}

TEST(EventLog, SaysWhyCpusMoved)
{
    EXPECT_THAT(messages_of({reassigned(Trigger::startup), reassigned(Trigger::cpuset),
                             reassigned(Trigger::dbus)}),
                ElementsAre("Applied initial cell configuration: [0: 0-3] [2(web): 4-7]",
                            "Cpuset change detected, recomputed config: [0: 0-3] [2(web): 4-7]",
                            "Rebalanced CPUs: [0: 0-3] [2(web): 4-7]"));
}

TEST(EventLog, ShowsTheNewCpuset)
{
    Cell cell = web();
    EXPECT_THAT(messages_of({CpusetChanged{cell}}),
                ElementsAre("Cpuset of cell 2 for cgroup /apps/web is now unset"));
    cell.cpuset = CpuSet{0, 1, 4};
    EXPECT_THAT(messages_of({CpusetChanged{cell}}),
                ElementsAre("Cpuset of cell 2 for cgroup /apps/web is now 0-1,4"));
}

TEST(EventLog, GivesFieldsToAsk)
{
    const std::vector<Event> events{CellCreated{web()}, reassigned(Trigger::dbus)};
    const auto records = to_records(events);
    EXPECT_THAT(records.at(0).fields,
                ElementsAre(Field{"MITOSIS_CELL", "2"}, Field{"MITOSIS_CGROUP", "/apps/web"}));
    EXPECT_THAT(records.at(1).fields,
                ElementsAre(Field{"MITOSIS_GENERATION", "3"}, Field{"MITOSIS_TRIGGER", "dbus"}));
    EXPECT_EQ(records.at(1).id, MessageId::rebalanced);
}

TEST(EventLog, TellsWhyTheKernelEndedIt)
{
    const LogRecord record = to_record(ExitInfo{.kind = 1026,
                                                .code = 0,
                                                .reason = "runnable task stall",
                                                .message = "a[1] failed to run for 30.1s",
                                                .at_realtime_us = 0});
    EXPECT_EQ(record.message, "The kernel ended the scheduler: runnable task stall: a[1] failed to "
                              "run for 30.1s");
    EXPECT_EQ(record.id, MessageId::ejected);
    EXPECT_THAT(record.fields, Contains(Field{"MITOSIS_EXIT_KIND", "1026"}));
}

TEST(EventLog, HasALineForEachOfTheKernelsDump)
{
    const auto records = to_records_of_dump("cell 0: state 1\n\nevent: 5 us ago\n");
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].message, "Kernel's dump: cell 0: state 1");
    EXPECT_EQ(records[1].message, "Kernel's dump: event: 5 us ago");
    EXPECT_THAT(to_records_of_dump(""), testing::IsEmpty());
}

TEST(MeasuredLine, HasTheFiguresOfEachCell)
{
    Status status;
    status.cells.resize(2);
    status.cells[0].cpus = CpuSet::range(0, 0);
    status.cells[1].cell.id = CellId{3};
    status.cells[1].cpus = CpuSet::range(1, 3);
    status.cells[1].load.used = 2.5;
    status.cells[1].load.waiting = 1;
    status.cells[1].load.due = 3.25;
    EXPECT_EQ(measured_line(status), "Measured; cell 0: 1 CPU, used 0.00, waiting 0.00, due 0.00; "
                                     "cell 3: 3 CPUs, used 2.50, waiting 1.00, due 3.25");
}

TEST(StatusLine, IsForPeople)
{
    Status status;
    status.cells.resize(3);
    status.managed = CpuSet::range(0, 7);
    status.generation = 4;
    EXPECT_EQ(status_line(status, 0, test::at(60)),
              "3 cells on 8 CPUs, gen 4, no rebalance yet; 0 ejections");
    status.rebalanced_at = test::at(56);
    EXPECT_EQ(status_line(status, 1, test::at(60)),
              "3 cells on 8 CPUs, gen 4, last rebalance 4s ago; 1 ejection");
    status.cells.resize(1);
    status.reason = "parent-cgroup-missing";
    EXPECT_EQ(status_line(status, 2, test::at(60)),
              "1 cell on 8 CPUs, gen 4, last rebalance 4s ago; 2 ejections, parent-cgroup-missing");
}

TEST(StatusLine, TellsTimeInOneUnit)
{
    Status status;
    status.rebalanced_at = test::at(0);
    for (const auto &[seconds, shown] :
         {std::pair(59.9, "59s"), std::pair(60.0, "1min"), std::pair(3599.0, "59min"),
          std::pair(3600.0, "1h"), std::pair(86'399.0, "23h"), std::pair(200'000.0, "2d")})
        EXPECT_THAT(status_line(status, 0, test::at(seconds)),
                    testing::HasSubstr(std::string("last rebalance ") + shown + " ago;"));
}

TEST(JournalEntry, HasItsFieldsBesideTheMessage)
{
    EXPECT_THAT(to_journal_entry("said {}", spdlog::level::warn, {{"MITOSIS_CELL", "2"}}),
                ElementsAre("MESSAGE=said {}", "PRIORITY=4", "SYSLOG_IDENTIFIER=scx-mitosis",
                            "MITOSIS_CELL=2"));
}

} // namespace
} // namespace mitosis::daemon
