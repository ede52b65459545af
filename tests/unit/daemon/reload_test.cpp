// SPDX-License-Identifier: GPL-2.0-only
#include "fake_machine.hpp"

#include "core/assignment.hpp"
#include "core/ids.hpp"
#include "daemon/exit_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h> // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace mitosis::daemon {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

class AReload : public testing::Test {
protected:
    AReload()
    {
        machine_.make_cgroup("/apps.slice/a");
        machine_.make_cgroup("/apps.slice/b");
    }

    [[nodiscard]] std::function<bool()> ready(int times)
    {
        return [this, times] {
            return std::ranges::count_if(machine_.notifications(), [](const std::string &text) {
                       return text.starts_with("READY=1");
                   }) == times;
        };
    }
    [[nodiscard]] std::function<void()> reload_with(const std::string &text)
    {
        return [this, text] {
            machine_.write_config(text);
            ::kill(::getpid(), SIGHUP);
        };
    }

    FakeMachine machine_;
};

TEST_F(AReload, TakesOverWhatTakesEffectAtOnce)
{
    EXPECT_EQ(machine_.run({{ready(1), reload_with("cell-parent-cgroup = '/apps.slice'\n"
                                                   "cell-exclude = ['b']\n")},
                            {ready(2), terminate}}),
              ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.applied.back().cells.size(), 2U);
    EXPECT_EQ(machine_.kernel.attaches, 1);
}

TEST_F(AReload, RefusesMoreCpusThanTheMachineHas)
{
    EXPECT_EQ(machine_.run({{ready(1), reload_with("cell-parent-cgroup = '/apps.slice'\n"
                                                   "[cell.a]\nmin-cpus = 8\n")},
                            {ready(2), terminate}}),
              ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.applied.size(), 1U); // that of the start
}

TEST_F(AReload, TakesOverRulesOfCells)
{
    EXPECT_EQ(machine_.run({{ready(1), reload_with("cell-parent-cgroup = '/apps.slice'\n"
                                                   "[cell.a]\nmin-cpus = 5\n")},
                            {ready(2), terminate}}),
              ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.applied.back().find(CellId{1})->primary.count(), 5U);
    EXPECT_EQ(machine_.kernel.attaches, 1);
}

TEST_F(AReload, FollowsAnotherParent)
{
    machine_.make_cgroup("/other.slice");
    const auto make = [this] { machine_.make_cgroup("/other.slice/c"); };
    const auto has_cell = [this] { return machine_.kernel.applied.back().cells.size() == 2; };
    EXPECT_EQ(machine_.run({{ready(1), reload_with("cell-parent-cgroup = '/other.slice'\n")},
                            {ready(2), make},
                            {has_cell, terminate}}),
              ExitStatus::stopped);
}

TEST_F(AReload, AttachesAnewWhereItMust)
{
    EXPECT_EQ(machine_.run({{ready(1), reload_with("cell-parent-cgroup = '/apps.slice'\n"
                                                   "exit-dump-len = 65536\n")},
                            {ready(2), terminate}}),
              ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.attaches, 2);
    EXPECT_EQ(machine_.kernel.applied.back().cells.size(), 3U);
}

TEST_F(AReload, AsksForTimeToAttachAnew)
{
    EXPECT_EQ(machine_.run({{ready(1), reload_with("cell-parent-cgroup = '/apps.slice'\n"
                                                   "exit-dump-len = 65536\n")},
                            {ready(2), terminate}}),
              ExitStatus::stopped);
    EXPECT_THAT(machine_.notifications(),
                ElementsAre(StartsWith("EXTEND_TIMEOUT_USEC="), StartsWith("STATUS="),
                            StartsWith("READY=1\n"), StartsWith("RELOADING=1\n"),
                            StartsWith("EXTEND_TIMEOUT_USEC="), StartsWith("EXTEND_TIMEOUT_USEC="),
                            StartsWith("READY=1\n"), StartsWith("STOPPING=1\n")));
}

TEST_F(AReload, ChangesTheSliceInPlace)
{
    EXPECT_EQ(machine_.run({{ready(1), reload_with("cell-parent-cgroup = '/apps.slice'\n"
                                                   "slice-us = 5000\n")},
                            {ready(2), terminate}}),
              ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.attaches, 1);
    EXPECT_EQ(machine_.kernel.slice, std::chrono::microseconds(5000));
}

TEST_F(AReload, ChangesTheLimitsOfShrunkSlicesInPlace)
{
    EXPECT_EQ(machine_.run({{ready(1), reload_with("cell-parent-cgroup = '/apps.slice'\n"
                                                   "slice-shrink-min-us = 900\n"
                                                   "slice-shrink-max-us = 7000\n")},
                            {ready(2), terminate}}),
              ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.attaches, 1);
    EXPECT_EQ(machine_.kernel.limits.min, std::chrono::microseconds(900));
    EXPECT_EQ(machine_.kernel.limits.max, std::chrono::microseconds(7000));
}

TEST_F(AReload, ThatIsRefusedChangesNothing)
{
    EXPECT_EQ(
        machine_.run({{ready(1), reload_with("slice-us = 'short'\n")}, {ready(2), terminate}}),
        ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.applied.size(), 1U);
    EXPECT_EQ(machine_.kernel.attaches, 1);
}

TEST_F(AReload, ThatWouldLeaveCellsWithoutCpusIsRefused)
{
    for (int i = 0; i < 10; ++i) // the machine has 8 CPUs
        machine_.make_cgroup("/some.slice/c" + std::to_string(i));
    EXPECT_EQ(machine_.run({{ready(1), reload_with("slice-us = 500\n"
                                                   "cell-parent-cgroup = '/some.slice'\n")},
                            {ready(2), terminate}}),
              ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.applied.size(), 1U);
    EXPECT_THAT(machine_.notifications(),
                testing::Contains(testing::AllOf(
                    StartsWith("READY=1"),
                    testing::ContainsRegex("reload refused: .*mitosis.toml:2:1.,.*: 11 cells would "
                                           "share 8 CPUs and 3 of them have none"))));
}

TEST_F(AReload, ThatIsRefusedIsToldInTheStatusUntilOneIsNot)
{
    const auto tells = [this](const std::string &text) {
        return std::ranges::any_of(machine_.notifications(), [&text](const std::string &told) {
            return told.starts_with("READY=1") && told.contains(text);
        });
    };
    EXPECT_EQ(machine_.run({{ready(1), reload_with("slice-us = 'short'\n")},
                            {ready(2), reload_with("slice-us = 5000\n")},
                            {ready(3), terminate}}),
              ExitStatus::stopped);
    EXPECT_TRUE(tells("reload refused: "));
    EXPECT_TRUE(tells("mitosis.toml:1"));
    EXPECT_EQ(std::ranges::count_if(
                  machine_.notifications(),
                  [](const std::string &told) { return told.contains("reload refused"); }),
              1);
}

TEST_F(AReload, TellsTheServiceManagerBeginAndEnd)
{
    EXPECT_EQ(
        machine_.run({{ready(1), reload_with("slice-us = 'short'\n")}, {ready(2), terminate}}),
        ExitStatus::stopped);
    EXPECT_THAT(machine_.notifications(),
                ElementsAre(StartsWith("EXTEND_TIMEOUT_USEC="), StartsWith("STATUS="),
                            StartsWith("READY=1\nSTATUS="),
                            StartsWith("RELOADING=1\nMONOTONIC_USEC="),
                            StartsWith("READY=1\nSTATUS="), StartsWith("STOPPING=1\n")));
}

} // namespace
} // namespace mitosis::daemon
