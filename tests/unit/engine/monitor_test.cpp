// SPDX-License-Identifier: GPL-2.0-only
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/decide.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/status.hpp"
#include "engine/monitor.hpp"
#include "engine/ports.hpp"
#include "support/builders.hpp"
#include "support/fakes.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <system_error>
#include <vector>

namespace mitosis::engine {
namespace {

using namespace std::chrono_literals;

using test::at;
using test::cpus;
using test::entry;
using test::owners;
using test::scan;

class AMonitor : public testing::Test {
protected:
    explicit AMonitor(std::uint32_t capacity = 256)
        : monitor_(with_parent(), test::flat(8), capacity, at(0),
                   {.scheduler = scheduler_, .cgroups = cgroups_, .status = sink_})
    {
    }

    static Config with_parent()
    {
        Config config;
        config.cell_parent_cgroup = "/work";
        return config;
    }
    void expect_tick(double seconds, ScanDue due = ScanDue::no)
    {
        const auto events = monitor_.tick(at(seconds), due);
        ASSERT_TRUE(events.has_value()) << to_string(events.error());
    }
    void add_web() { cgroups_.set(scan({entry(7, "/work/web")})); }

    test::FakeScheduler scheduler_;
    test::FakeCgroups cgroups_;
    test::FakeSink sink_;
    Monitor monitor_;
};

class AMonitorWithTwoIds : public AMonitor {
protected:
    AMonitorWithTwoIds() : AMonitor(2) {}
};

TEST_F(AMonitor, ScansAndAppliesAtTheFirstTickWithoutBeingAsked)
{
    add_web();
    expect_tick(0);
    ASSERT_EQ(scheduler_.attempts().size(), 1U);
    EXPECT_EQ(scheduler_.attempts()[0].assignment, owners({{0, "0-3"}, {1, "4-7"}}));
    EXPECT_EQ(scheduler_.attempts()[0].cells[1].cgroup, CgroupId{7});
}

TEST_F(AMonitor, ReadsNoCountersBeforeTheFirstConfiguration)
{
    expect_tick(0);
    EXPECT_EQ(scheduler_.samples_read(), 0U);
    expect_tick(1);
    EXPECT_EQ(scheduler_.samples_read(), 1U);
}

TEST_F(AMonitor, AppliesNothingAtAQuietTickButPublishes)
{
    expect_tick(0);
    expect_tick(1);
    EXPECT_EQ(scheduler_.attempts().size(), 1U);
    EXPECT_EQ(cgroups_.scans(), 1U);
    ASSERT_EQ(sink_.published().size(), 2U);
    EXPECT_EQ(sink_.published()[1].sampled_at, at(1));
    EXPECT_TRUE(sink_.last_events().empty());
}

TEST_F(AMonitor, PublishesWhatItReturns)
{
    add_web();
    const auto events = monitor_.tick(at(0), ScanDue::no);
    ASSERT_TRUE(events.has_value());
    EXPECT_EQ(events->size(), 2U);
    EXPECT_EQ(sink_.last_events().size(), 2U);
    EXPECT_EQ(sink_.published()[0].cells[1].cpus, cpus("4-7"));
}

TEST_F(AMonitor, PassesTheTriggerOn)
{
    expect_tick(0);
    add_web();
    const auto events = monitor_.tick(at(1), ScanDue::yes, Trigger::dbus);
    ASSERT_TRUE(events.has_value());
    EXPECT_EQ(std::get<Reassigned>(events->back()).trigger, Trigger::dbus);
}

TEST_F(AMonitor, CommitsNothingWhenTheFirstApplyFails)
{
    scheduler_.fail_applies(1);
    const auto events = monitor_.tick(at(0), ScanDue::yes);
    ASSERT_FALSE(events.has_value());
    EXPECT_EQ(events.error().context, "apply cells: program");
    EXPECT_EQ(scheduler_.attempts().size(), 1U);
    EXPECT_EQ(monitor_.state().generation, 0U);
    EXPECT_TRUE(sink_.published().empty());
}

TEST_F(AMonitor, AppliesTheLastGoodAssignmentAgainWhenAnApplyFails)
{
    expect_tick(0);
    add_web();
    scheduler_.fail_applies(1);
    EXPECT_FALSE(monitor_.tick(at(1), ScanDue::yes).has_value());
    ASSERT_EQ(scheduler_.attempts().size(), 3U);
    EXPECT_EQ(scheduler_.attempts()[2].assignment, owners({{0, "0-7"}}));
    EXPECT_EQ(scheduler_.attempts()[2].cells.size(), 1U);
    EXPECT_EQ(monitor_.state().generation, 1U);
}

TEST_F(AMonitor, SaysSoWhenTheRollBackFailsToo)
{
    expect_tick(0);
    add_web();
    scheduler_.fail_applies(2);
    const auto events = monitor_.tick(at(1), ScanDue::yes);
    ASSERT_FALSE(events.has_value());
    EXPECT_EQ(events.error().context, "roll back: program");
    EXPECT_EQ(events.error().code, std::errc::invalid_argument);
}

TEST_F(AMonitor, FindsAtTheNextTickWhatAFailedOneSaw)
{
    expect_tick(0);
    add_web();
    scheduler_.fail_applies(1);
    EXPECT_FALSE(monitor_.tick(at(1), ScanDue::yes).has_value());
    expect_tick(2);
    EXPECT_EQ(scheduler_.attempts().back().assignment, owners({{0, "0-3"}, {1, "4-7"}}));
    expect_tick(3);
    EXPECT_EQ(cgroups_.scans(), 3U);
}

TEST_F(AMonitor, ForwardsAFailedScan)
{
    cgroups_.fail_scans(1);
    const auto events = monitor_.tick(at(0), ScanDue::yes);
    ASSERT_FALSE(events.has_value());
    EXPECT_EQ(events.error().context, "scan cgroups: directory");
    EXPECT_TRUE(scheduler_.attempts().empty());
}

TEST_F(AMonitor, ForwardsAFailedSampleAndKeepsTheLast)
{
    expect_tick(0);
    expect_tick(1);
    scheduler_.fail_samples(1);
    const auto events = monitor_.tick(at(2), ScanDue::no);
    ASSERT_FALSE(events.has_value());
    EXPECT_EQ(events.error().context, "read counters: counters");
    EXPECT_EQ(monitor_.state().last->taken_at, at(1));
}

TEST_F(AMonitor, UsesAnIdAgainOnlyOnceItsQueuesAreEmpty)
{
    scheduler_.set_queues(test::FakeScheduler::Queues::stay_full);
    add_web();
    expect_tick(0);
    cgroups_.set(scan({entry(8, "/work/web")}));
    expect_tick(1, ScanDue::yes);
    EXPECT_EQ(monitor_.state().cells.cells()[1].id, CellId{2});
    EXPECT_EQ(scheduler_.attempts().back().retired, std::vector{CellId{1}});

    scheduler_.set_queues(test::FakeScheduler::Queues::drain);
    cgroups_.set(scan({entry(8, "/work/web"), entry(9, "/work/db")}));
    expect_tick(2, ScanDue::yes);
    EXPECT_EQ(monitor_.state().cells.find(CellId{1})->cgroup, CgroupId{9});
}

TEST_F(AMonitorWithTwoIds, AdmitsARefusedCellOnceAnIdIsFree)
{
    cgroups_.set(scan({entry(7, "/work/a"), entry(8, "/work/b")}));
    expect_tick(0);
    EXPECT_EQ(sink_.published().back().reason, "too-many-cells");
    cgroups_.set(scan({entry(8, "/work/b")}));
    expect_tick(1); // the id of a is retired
    expect_tick(2); // and free
    EXPECT_EQ(monitor_.state().cells.find(CellId{1})->path, "/work/b");
    EXPECT_EQ(sink_.published().back().state, State::running);
}

TEST_F(AMonitor, ChangesNothingInAPreview)
{
    add_web();
    const auto outcome = monitor_.preview(at(0), Force::yes);
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->generation, 1U);
    EXPECT_EQ(outcome->shifts,
              (std::vector<CellShift>{{CellId{0}, cpus("0-3"), {}}, {CellId{1}, cpus("4-7"), {}}}));
    EXPECT_EQ(monitor_.state().generation, 0U);
    EXPECT_TRUE(scheduler_.attempts().empty());
    EXPECT_TRUE(sink_.published().empty());
}

TEST_F(AMonitor, PreviewsNoShiftWhenAllIsInPlace)
{
    expect_tick(0);
    const auto outcome = monitor_.preview(at(1), Force::yes);
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->generation, 1U);
    EXPECT_TRUE(outcome->shifts.empty());
}

TEST_F(AMonitor, ForwardsAFailureInAPreview)
{
    cgroups_.fail_scans(1);
    EXPECT_FALSE(monitor_.preview(at(0), Force::no).has_value());
}

TEST_F(AMonitor, TakesANewConfigurationAtTheNextTick)
{
    cgroups_.set({.parent_present = false, .children = {}});
    expect_tick(0);
    EXPECT_EQ(sink_.published().back().reason, "parent-cgroup-missing");
    monitor_.set_config(Config{});
    EXPECT_EQ(monitor_.config(), Config{});
    expect_tick(1);
    EXPECT_EQ(sink_.published().back().reason, "");
}

TEST_F(AMonitor, FailsAnApplyThatTheKernelDidNotFollow)
{
    add_web();
    scheduler_.give(5, root_cell, test::FakeScheduler::Insists::yes);
    const auto events = monitor_.tick(at(0), ScanDue::no);
    ASSERT_FALSE(events.has_value());
    EXPECT_EQ(events.error().context,
              "apply cells: CPU 5 is cell 0's in the kernel, but was made cell 1's");
    EXPECT_EQ(monitor_.state().generation, 0U);
    EXPECT_TRUE(sink_.published().empty());
}

TEST_F(AMonitor, AppliesAgainWhatTheKernelChangedByItself)
{
    add_web();
    expect_tick(0);
    scheduler_.give(5, root_cell);
    expect_tick(1);
    ASSERT_EQ(scheduler_.attempts().size(), 2U);
    EXPECT_EQ(scheduler_.attempts()[1].assignment, owners({{0, "0-3"}, {1, "4-7"}}));
    ASSERT_EQ(sink_.last_events().size(), 1U);
    EXPECT_EQ(std::get<OwnershipDrifted>(sink_.last_events()[0]).drift,
              "CPU 5 is cell 0's in the kernel, but was made cell 1's");
    EXPECT_EQ(sink_.published().back().generation, 2U);
    expect_tick(2);
    EXPECT_EQ(scheduler_.attempts().size(), 2U);
}

TEST_F(AMonitor, LeavesTheRootCellACpuThatTheKernelGaveIt)
{
    add_web();
    scheduler_.put_offline(cpus("0-3")); // all that the root cell will have
    scheduler_.give(5, root_cell, test::FakeScheduler::Insists::yes);
    expect_tick(0);
    expect_tick(1);
    EXPECT_EQ(scheduler_.attempts().size(), 1U);
    scheduler_.put_offline(cpus("0-2"));
    scheduler_.give(5, root_cell);
    expect_tick(2);
    EXPECT_EQ(scheduler_.attempts().size(), 2U);
}

TEST_F(AMonitor, PublishesWhatItReadBack)
{
    add_web();
    expect_tick(0);
    EXPECT_EQ(sink_.published().back().ownership,
              test::ownership_of(owners({{0, "0-3"}, {1, "4-7"}})));
}

TEST_F(AMonitor, ConfirmsWhatIsInForceOrNot)
{
    add_web();
    expect_tick(0);
    EXPECT_TRUE(monitor_.confirm());
    EXPECT_EQ(sink_.published().size(), 2U);
    scheduler_.give(5, root_cell);
    EXPECT_FALSE(monitor_.confirm());
    EXPECT_EQ(sink_.published().size(), 2U);
}

TEST_F(AMonitor, GoesOnCountingWithAnotherScheduler)
{
    const auto root = [this] { return sink_.published().back().cells.front(); };
    scheduler_.set_run(root_cell, 5s);
    expect_tick(0);
    expect_tick(1);
    monitor_.begin_anew(test::flat(8));
    scheduler_.set_run(root_cell, 1s); // counted from zero
    ASSERT_TRUE(monitor_.tick(at(2), ScanDue::yes, Trigger::config));
    EXPECT_EQ(root().counters.run_ns, 5'000'000'000U);
    expect_tick(3);
    EXPECT_EQ(root().counters.run_ns, 6'000'000'000U);
    EXPECT_EQ(root().utilization, 0.0); // nobody knows since when it ran
    scheduler_.set_run(root_cell, 3s);
    expect_tick(4);
    EXPECT_EQ(root().counters.run_ns, 8'000'000'000U);
    EXPECT_EQ(root().utilization, 0.25);
}

TEST_F(AMonitorWithTwoIds, CountsACellFromZeroWhoseIdAnotherSchedulerKnew)
{
    add_web();
    scheduler_.set_run(CellId{1}, 5s);
    expect_tick(0);
    expect_tick(1);
    scheduler_.set_queues(test::FakeScheduler::Queues::stay_full);
    cgroups_.set(scan({}));
    expect_tick(2, ScanDue::yes);
    monitor_.begin_anew(test::flat(8));
    cgroups_.set(scan({entry(8, "/work/db")}));
    scheduler_.set_run(CellId{1}, 1s);
    ASSERT_TRUE(monitor_.tick(at(3), ScanDue::yes, Trigger::config));
    EXPECT_EQ(sink_.published().back().cells.at(1).counters.run_ns, 0U);
    expect_tick(4);
    EXPECT_EQ(sink_.published().back().cells.at(1).counters.run_ns, 1'000'000'000U);
}

} // namespace
} // namespace mitosis::engine
