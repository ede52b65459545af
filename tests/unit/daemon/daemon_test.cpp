// SPDX-License-Identifier: GPL-2.0-only
#include "fake_machine.hpp"
#include "stats/client.hpp"

#include "core/error.hpp"
#include "core/status.hpp"
#include "daemon/exit_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h> // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <sstream>
#include <string>
#include <vector>

namespace mitosis::daemon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class ADaemon : public testing::Test {
protected:
    [[nodiscard]] std::function<bool()> ready()
    {
        return [this] { return machine_.was_told("READY=1"); };
    }
    [[nodiscard]] std::function<bool()> cells(std::size_t count)
    {
        return [this, count] {
            return !machine_.kernel.applied.empty() &&
                   machine_.kernel.applied.back().cells.size() == count;
        };
    }
    [[nodiscard]] std::function<bool()> attaches(int count)
    {
        return [this, count] { return machine_.kernel.attaches == count; };
    }

    static ExitInfo exit_of(std::uint32_t kind, std::int64_t code = 0)
    {
        return {.kind = kind, .code = code, .reason = "r", .message = "m", .at_realtime_us = 1};
    }

    FakeMachine machine_;
};

TEST_F(ADaemon, TellsTheServiceManagerWhatItDoes)
{
    machine_.make_cgroup("/apps.slice/a");
    EXPECT_EQ(machine_.run({{ready(), terminate}}), ExitStatus::stopped);
    EXPECT_THAT(
        machine_.notifications(),
        ElementsAre(StartsWith("EXTEND_TIMEOUT_USEC="),
                    "STATUS=2 cells on 8 CPUs, gen 1, no rebalance yet; 0 ejections",
                    "READY=1\nSTATUS=2 cells on 8 CPUs, gen 1, no rebalance yet; 0 ejections",
                    StartsWith("STOPPING=1\n")));
}

TEST_F(ADaemon, AnswersTheWatchdogOnlyOnceItIsAttached)
{
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    EXPECT_EQ(machine_.run({{ready(), terminate}}), ExitStatus::stopped);
    ::unsetenv("WATCHDOG_USEC");
    EXPECT_THAT(machine_.notifications(),
                ElementsAre(StartsWith("EXTEND_TIMEOUT_USEC="), StartsWith("STATUS="), "WATCHDOG=1",
                            StartsWith("READY=1"), StartsWith("STOPPING=1\n")));
}

TEST_F(ADaemon, EndsWhenToldSoWhileItWaitsForTheBus)
{
    machine_.make_silent_bus();
    EXPECT_EQ(machine_.run({{attaches(1), terminate}}), ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.detaches, 1);
    EXPECT_FALSE(machine_.was_told("READY=1"));
}

TEST_F(ADaemon, PrintsStatisticsInAnIntervalWhenAsked)
{
    machine_.make_cgroup("/apps.slice/a");
    machine_.statistics = std::chrono::milliseconds(1);
    EXPECT_EQ(machine_.run({{[this] { return machine_.printed.size() >= 3; }, terminate}}),
              ExitStatus::stopped);
    EXPECT_THAT(machine_.printed.back(), HasSubstr("\n  \"num_cells\": 2,\n"));
}

TEST_F(ADaemon, PrintsNothingUnasked)
{
    EXPECT_EQ(machine_.run({{ready(), terminate}}), ExitStatus::stopped);
    EXPECT_THAT(machine_.printed, testing::IsEmpty());
}

TEST_F(ADaemon, ConfiguresBeforeItAttaches)
{
    machine_.make_cgroup("/apps.slice/a");
    machine_.kernel.refuse_attach = fail(EPERM, "attach").error();
    EXPECT_EQ(machine_.run({}), ExitStatus::not_permitted);
    EXPECT_EQ(machine_.kernel.applied.size(), 1U);
    EXPECT_FALSE(machine_.was_told("READY=1"));
}

TEST_F(ADaemon, IsNotReadyWhereTheKernelRunsAnotherSchedulerOrNone)
{
    for (const char *const runs : {"", "other_1.0"}) {
        FakeMachine machine;
        machine.kernel.runs_when_attached = runs;
        EXPECT_EQ(machine.run({}), ExitStatus::ejected) << runs;
        EXPECT_EQ(machine.kernel.attaches, 1) << runs;
        EXPECT_FALSE(machine.was_told("READY=1")) << runs;
    }
}

TEST_F(ADaemon, IsNotReadyWhereTheKernelEndedTheSchedulerAtOnce)
{
    machine_.eject({.kind = 1026, .reason = "stall", .message = "a task waited"});
    EXPECT_EQ(machine_.run({}), ExitStatus::ejected);
    EXPECT_EQ(machine_.kernel.attaches, 1);
    EXPECT_FALSE(machine_.was_told("READY=1"));
}

TEST_F(ADaemon, ServesStatisticsOfItsCells)
{
    machine_.make_cgroup("/apps.slice/a");
    std::ostringstream printed;
    std::future<void> client;
    const auto ask = [&] {
        client = std::async(std::launch::async, [&] {
            stats::monitor({.path = machine_.stats_socket(), .count = 1}, printed);
        });
    };
    const auto answered = [&] {
        return client.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    };
    EXPECT_EQ(machine_.run({{ready(), ask}, {answered, terminate}}), ExitStatus::stopped);
    EXPECT_THAT(printed.str(), HasSubstr("\"num_cells\": 2"));
    EXPECT_THAT(printed.str(), HasSubstr("\"cgroup_path\": \"/apps.slice/a\""));
}

TEST_F(ADaemon, DetachesWhenItEnds)
{
    EXPECT_EQ(machine_.run({{ready(), terminate}}), ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.attaches, 1);
    EXPECT_EQ(machine_.kernel.detaches, 1);
}

TEST_F(ADaemon, MakesAndRemovesCells)
{
    const auto make = [this] { machine_.make_cgroup("/apps.slice/a"); };
    const auto remove = [this] { machine_.remove_cgroup("/apps.slice/a"); };
    EXPECT_EQ(machine_.run({{ready(), make}, {cells(2), remove}, {cells(1), terminate}}),
              ExitStatus::stopped);
}

TEST_F(ADaemon, WaitsForItsParentCgroup)
{
    machine_.remove_cgroup("/apps.slice");
    const auto make = [this] { machine_.make_cgroup("/apps.slice/a"); };
    EXPECT_EQ(machine_.run({{ready(), make}, {cells(2), terminate}}), ExitStatus::stopped);
}

TEST_F(ADaemon, DoesNotStartBesideAnotherScheduler)
{
    machine_.say_kernel_runs("simple");
    EXPECT_EQ(machine_.run({}), ExitStatus::unavailable);
    EXPECT_EQ(machine_.kernel.loads, 0);
}

TEST_F(ADaemon, EndsWithAStatusOfItsOwnAfterSysRq)
{
    EXPECT_EQ(machine_.run({{ready(), [this] { machine_.eject(exit_of(67)); }}}),
              ExitStatus::sysrq);
}

TEST_F(ADaemon, EndsWhenTheKernelFoundAnError)
{
    EXPECT_EQ(machine_.run({{ready(), [this] { machine_.eject(exit_of(1026)); }}}),
              ExitStatus::ejected);
    EXPECT_EQ(machine_.kernel.attaches, 1);
}

TEST_F(ADaemon, AttachesAgainWhereTheKernelAsksForIt)
{
    const auto eject = [this] { machine_.eject(exit_of(66, (1LL << 48) | (1LL << 32))); };
    EXPECT_EQ(machine_.run({{ready(), eject}, {attaches(2), terminate}}), ExitStatus::stopped);
}

TEST_F(ADaemon, KeepsItsCellsOverAnAttachment)
{
    machine_.make_cgroup("/apps.slice/a");
    const auto eject = [this] { machine_.eject(exit_of(66, 1LL << 48)); };
    EXPECT_EQ(machine_.run({{ready(), eject}, {attaches(2), terminate}}), ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.applied.front(), machine_.kernel.applied.back());
    EXPECT_EQ(machine_.kernel.applied.size(), 2U);
}

TEST_F(ADaemon, NoticesASchedulerThatVanishedWithoutARecord)
{
    EXPECT_EQ(machine_.run({{ready(), [this] { machine_.say_kernel_runs(""); }}}),
              ExitStatus::ejected);
}

TEST_F(ADaemon, EndsWhenNoConfigurationIsTaken)
{
    const auto refuse = [this] {
        machine_.kernel.refuse_apply = fail(EBUSY, "apply").error();
        machine_.make_cgroup("/apps.slice/a");
    };
    EXPECT_EQ(machine_.run({{ready(), refuse}}), ExitStatus::internal);
    EXPECT_EQ(machine_.kernel.detaches, 1);
}

} // namespace
} // namespace mitosis::daemon
