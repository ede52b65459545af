// SPDX-License-Identifier: GPL-2.0-only
// A rebalance that somebody asks for, with and without force.
#include "fake_machine.hpp"

#include "core/error.hpp"
#include "core/refusal.hpp"
#include "daemon/exit_status.hpp"
#include "engine/ports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <functional>

namespace mitosis::daemon {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Cell 1 could use more than its half of eight CPUs, but the threshold says no.
class ARebalance : public testing::Test {
protected:
    ARebalance()
    {
        machine_.make_cgroup("/apps.slice/a");
        machine_.write_config("cell-parent-cgroup = '/apps.slice'\nmonitor-interval-s = 0.05\n"
                              "enable-rebalancing = true\nrebalance-threshold = 1000\n");
        machine_.kernel.used_cpus = {0.5, 4};
    }

    /// Once the use of CPUs is known.
    void when_measured(const std::function<void()> &act)
    {
        const auto act_and_end = [&] {
            act();
            terminate();
        };
        EXPECT_EQ(machine_.run({{[this] { return machine_.kernel.samples >= 4; }, act_and_end}}),
                  ExitStatus::stopped);
    }
    void expect_held_back(bool dry_run)
    {
        const auto outcome =
            machine_.control().rebalance({.dry_run = dry_run, .force = false, .reason = {}});
        ASSERT_FALSE(outcome.has_value());
        EXPECT_EQ(outcome.error().code, make_error_code(Refusal::rebalance_held_back));
        EXPECT_THAT(outcome.error().context,
                    AllOf(HasSubstr("below rebalance-threshold (1000.0)"),
                          HasSubstr("3 CPUs would change hands by force")));
    }
    [[nodiscard]] std::size_t applies() const { return machine_.kernel.applied.size(); }

    FakeMachine machine_;
};

TEST_F(ARebalance, IsHeldBackByTheThresholdAndSaysSo)
{
    when_measured([this] {
        const std::size_t before = applies();
        expect_held_back(true);
        expect_held_back(false);
        EXPECT_EQ(applies(), before);
    });
}

TEST_F(ARebalance, MovesByForceWhatItsDryRunSaid)
{
    when_measured([this] {
        const std::size_t before = applies();
        const auto said =
            machine_.control().rebalance({.dry_run = true, .force = true, .reason = {}});
        ASSERT_TRUE(said.has_value()) << to_string(said.error());
        EXPECT_EQ(applies(), before);
        const auto done =
            machine_.control().rebalance({.dry_run = false, .force = true, .reason = {}});
        ASSERT_TRUE(done.has_value()) << to_string(done.error());
        EXPECT_EQ(done->shifts, said->shifts);
        EXPECT_EQ(done->generation, said->generation);
        EXPECT_EQ(done->shifts.at(1).gained.count(), 3U);
        EXPECT_EQ(applies(), before + 1);
    });
}

TEST_F(ARebalance, SucceedsWhereNothingIsToBeDone)
{
    machine_.kernel.used_cpus = {4, 4};
    when_measured([this] {
        const auto outcome = machine_.control().rebalance({});
        ASSERT_TRUE(outcome.has_value()) << to_string(outcome.error());
        EXPECT_TRUE(outcome->shifts.empty());
    });
}

} // namespace
} // namespace mitosis::daemon
