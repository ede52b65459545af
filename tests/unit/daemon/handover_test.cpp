// SPDX-License-Identifier: GPL-2.0-only
// A scheduler that outlives the process: what the next one does with it.
#include "fake_machine.hpp"

#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/kernel_cell.hpp"
#include "daemon/exit_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <system_error>

namespace mitosis::daemon {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class AHandover : public testing::Test {
protected:
    AHandover()
    {
        machine_.keep_descriptors();
        machine_.make_cgroup("/apps.slice/a");
    }

    /// Starts the service, waits until it is ready, and stops it for a restart.
    ExitStatus run()
    {
        const std::size_t before = readies();
        return machine_.run({{[this, before] { return readies() > before; }, terminate}});
    }
    [[nodiscard]] std::size_t readies()
    {
        return static_cast<std::size_t>(
            std::ranges::count_if(machine_.notifications(), [](const std::string &told) {
                return told.starts_with("READY=1");
            }));
    }
    [[nodiscard]] std::function<bool()> cells(std::size_t count)
    {
        return [this, count] { return machine_.kernel.cells.size() == count; };
    }
    void expect_attached_anew() const
    {
        EXPECT_EQ(machine_.kernel.loads, 2);
        EXPECT_EQ(machine_.kernel.attaches, 2);
        EXPECT_EQ(machine_.kernel.detaches, 1);
    }

    FakeMachine machine_;
};

TEST_F(AHandover, LeavesTheSchedulerAttachedAndGoesOnWithIt)
{
    EXPECT_EQ(run(), ExitStatus::stopped);
    EXPECT_EQ(run(), ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.loads, 1);
    EXPECT_EQ(machine_.kernel.adoptions, 1);
    EXPECT_EQ(machine_.kernel.detaches, 0);
}

TEST_F(AHandover, AppliesNothingWhereNothingChanged)
{
    (void)run();
    (void)run();
    EXPECT_THAT(machine_.kernel.applied, SizeIs(1));
    EXPECT_TRUE(machine_.was_told("READY=1\nSTATUS=2 cells on 8 CPUs, gen 1"));
}

TEST_F(AHandover, KeepsTheDescriptorsWithTheServiceManager)
{
    (void)run();
    EXPECT_THAT(machine_.kept(), ElementsAre("link", "manifest"));
    (void)run();
    EXPECT_THAT(machine_.kept(), ElementsAre("link", "manifest"));
}

TEST_F(AHandover, FollowsCgroupsThatCameAndWentMeanwhile)
{
    machine_.make_cgroup("/apps.slice/b");
    (void)run();
    const CgroupId a = machine_.kernel.cells.at(1).cgroup;
    machine_.make_cgroup("/apps.slice/c"); // before its inode is free
    machine_.make_cgroup("/apps.slice/d");
    machine_.remove_cgroup("/apps.slice/b");
    EXPECT_EQ(run(), ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.detaches, 0);
    // The id of b is not free before its queues were found empty.
    const auto &cells = machine_.kernel.cells;
    ASSERT_THAT(cells, SizeIs(4));
    EXPECT_EQ(cells.at(1), (KernelCell{.id = CellId{1}, .cgroup = a}));
    EXPECT_EQ(cells.at(2).id, CellId{3});
    EXPECT_EQ(cells.at(3).id, CellId{4});
}

TEST_F(AHandover, KnowsWhatHappenedAfterTheStart)
{
    EXPECT_EQ(machine_.run({{cells(2), [this] { machine_.make_cgroup("/apps.slice/b"); }},
                            {cells(3), terminate}}),
              ExitStatus::stopped);
    (void)run();
    EXPECT_EQ(machine_.kernel.adoptions, 1);
    EXPECT_TRUE(machine_.was_told("READY=1\nSTATUS=3 cells on 8 CPUs, gen 2"));
}

TEST_F(AHandover, DividesAnewUnderOtherSettingsThatMayChangeMeanwhile)
{
    (void)run();
    machine_.write_config("cell-parent-cgroup = '/apps.slice'\ncell0-min-cpus = 6\n");
    (void)run();
    EXPECT_EQ(machine_.kernel.adoptions, 1);
    EXPECT_EQ(machine_.kernel.detaches, 0);
    EXPECT_EQ(machine_.kernel.applied.back().cells.front().primary.count(), 6U);
}

TEST_F(AHandover, PutsOwnersRightThatTheKernelChangedMeanwhile)
{
    (void)run();
    machine_.kernel.gives = {{7, root_cell}};
    (void)run();
    EXPECT_EQ(machine_.kernel.adoptions, 1);
    EXPECT_THAT(machine_.kernel.applied, SizeIs(2));
}

TEST_F(AHandover, EndsBeforeOneWithOtherSettingsIsLoaded)
{
    (void)run();
    machine_.write_config("cell-parent-cgroup = '/apps.slice'\nenable-borrowing = true\n");
    EXPECT_EQ(run(), ExitStatus::stopped);
    expect_attached_anew();
}

TEST_F(AHandover, EndsBeforeAnotherObjectIsLoaded)
{
    (void)run();
    machine_.object = 2;
    EXPECT_EQ(run(), ExitStatus::stopped);
    expect_attached_anew();
}

TEST_F(AHandover, EndsWhereTheMachineHasOtherCpus)
{
    (void)run();
    machine_.set_online(CpuSet::range(0, 6));
    EXPECT_EQ(run(), ExitStatus::stopped);
    expect_attached_anew();
}

TEST_F(AHandover, EndsWhereTheProcessBeforeWasNotWell)
{
    (void)run();
    machine_.keep_descriptors(std::chrono::microseconds(0));
    EXPECT_EQ(run(), ExitStatus::stopped);
    expect_attached_anew();
}

TEST_F(AHandover, EndsWithoutARecord)
{
    (void)run();
    machine_.lose("manifest");
    EXPECT_EQ(run(), ExitStatus::stopped);
    expect_attached_anew();
}

TEST_F(AHandover, EndsWhereTheKernelHasOtherCells)
{
    (void)run();
    machine_.kernel.cells.push_back({.id = CellId{2}, .cgroup = CgroupId{77}});
    EXPECT_EQ(run(), ExitStatus::stopped);
    expect_attached_anew();
}

TEST_F(AHandover, EndsWhereTheHandlesAreOfNoUse)
{
    (void)run();
    machine_.kernel.refuse_adoption = Error{std::make_error_code(std::errc::invalid_argument), "t"};
    EXPECT_EQ(run(), ExitStatus::stopped);
    expect_attached_anew();
}

TEST_F(AHandover, EndsWhereItIsSwitchedOff)
{
    (void)run();
    machine_.write_config("cell-parent-cgroup = '/apps.slice'\nhandover = false\n");
    EXPECT_EQ(run(), ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.loads, 2);
    EXPECT_EQ(machine_.kernel.detaches, 2);
    EXPECT_THAT(machine_.kept(), IsEmpty());
}

TEST_F(AHandover, DoesNotUndoAnEmergencyStop)
{
    (void)run();
    machine_.eject({.kind = 67, .code = 0, .reason = "r", .message = "m"});
    EXPECT_EQ(machine_.run({}), ExitStatus::sysrq);
    EXPECT_EQ(machine_.kernel.loads, 1);
    EXPECT_THAT(machine_.kept(), IsEmpty());
}

TEST_F(AHandover, IsForgottenWhenTheKernelEndsTheScheduler)
{
    EXPECT_EQ(machine_.run({{[this] { return !machine_.kept().empty(); },
                             [this] {
                                 machine_.eject(
                                     {.kind = 1024, .code = 0, .reason = "r", .message = "m"});
                             }}}),
              ExitStatus::ejected);
    EXPECT_THAT(machine_.kept(), IsEmpty());
}

TEST_F(AHandover, IsOfTheSchedulerThatWasAttachedAnewMeanwhile)
{
    EXPECT_EQ(machine_.run({{[this] { return !machine_.kept().empty(); },
                             [this] {
                                 machine_.write_config("cell-parent-cgroup = '/apps.slice'\n"
                                                       "enable-borrowing = true\n");
                                 EXPECT_TRUE(machine_.control().reload());
                             }},
                            {[this] { return machine_.kernel.attaches == 2; }, terminate}}),
              ExitStatus::stopped);
    EXPECT_EQ(run(), ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.adoptions, 1);
    EXPECT_EQ(machine_.kernel.loads, 2);
}

} // namespace
} // namespace mitosis::daemon
