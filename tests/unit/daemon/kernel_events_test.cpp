// SPDX-License-Identifier: GPL-2.0-only
// What the scheduler in the kernel tells is read in time, though most of it wakes nobody.
#include "fake_machine.hpp"

#include "core/kernel_event.hpp"
#include "daemon/exit_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace mitosis::daemon {
namespace {

class KernelEventsOfTheDaemon : public testing::Test {
protected:
    KernelEventsOfTheDaemon()
    {
        machine_.write_config("cell-parent-cgroup = '/apps.slice'\nmonitor-interval-s = 3600\n");
    }

    void tell(KernelEvent::Kind kind)
    {
        samples_before_ = machine_.kernel.samples;
        machine_.kernel.told.events.push_back(
            {.kind = kind, .at_ns = 1, .cgroup = {}, .pid = 0, .cell = {}, .cpu = 0});
    }
    /// The daemon runs and has nothing to do for an hour.
    [[nodiscard]] std::function<bool()> is_ready()
    {
        return [this] { return machine_.was_told("READY=1"); };
    }

    int samples_before_ = 0;
    FakeMachine machine_;
};

TEST_F(KernelEventsOfTheDaemon, AreReadThoughNothingWakesIt)
{
    EXPECT_EQ(machine_.run({{is_ready(), [this] { tell(KernelEvent::Kind::task); }},
                            {[this] { return machine_.kernel.told.events.empty(); }, terminate}}),
              ExitStatus::stopped);
}

TEST_F(KernelEventsOfTheDaemon, MakeItLookAtChangedCpusets)
{
    EXPECT_EQ(
        machine_.run({{is_ready(), [this] { tell(KernelEvent::Kind::cpuset); }},
                      {[this] { return machine_.kernel.samples > samples_before_; }, terminate}}),
        ExitStatus::stopped);
}

TEST_F(KernelEventsOfTheDaemon, DoNotLetTheSchedulerWaitForASample)
{
    int settles_before = 0;
    EXPECT_EQ(
        machine_.run({{is_ready(), [&] { settles_before = machine_.kernel.settles; }},
                      {[&] { return machine_.kernel.settles > settles_before + 1; }, terminate}}),
        ExitStatus::stopped);
}

TEST_F(KernelEventsOfTheDaemon, AreReadWithTheDumpBeforeAnEndedSchedulerIsLetGo)
{
    EXPECT_EQ(machine_.run({{is_ready(),
                             [this] {
                                 tell(KernelEvent::Kind::task);
                                 machine_.kernel.dump = "cpu 0: busy\n";
                                 machine_.eject({.kind = 1024,
                                                 .code = 0,
                                                 .reason = "runtime error",
                                                 .message = "",
                                                 .at_realtime_us = 0});
                             }}}),
              ExitStatus::ejected);
    EXPECT_THAT(machine_.kernel.told.events, testing::IsEmpty());
    EXPECT_EQ(machine_.kernel.dump, "");
}

} // namespace
} // namespace mitosis::daemon
