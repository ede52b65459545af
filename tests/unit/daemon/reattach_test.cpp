// SPDX-License-Identifier: GPL-2.0-only
// Settings for which another scheduler is loaded: the attached one goes on until that is done.
#include "fake_machine.hpp"

#include "core/error.hpp"
#include "daemon/exit_status.hpp"
#include "engine/ports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <system_error>

namespace mitosis::daemon {
namespace {

using testing::HasSubstr;

class AReattachment : public testing::Test {
protected:
    /// Runs the daemon, asks it for another scheduler once it is ready, and ends it.
    Result<engine::ReconfigureOutcome>
    attach_anew(const std::function<Result<void>()> &when_loading)
    {
        Result<engine::ReconfigureOutcome> outcome = fail(EINPROGRESS, "not asked");
        const auto ask = [&] {
            machine_.kernel.when_loading = when_loading;
            outcome = machine_.control().reconfigure(
                {.settings = {{"enable-llc-awareness", true}}, .allow_reattach = true});
            after_ = {.attaches = machine_.kernel.attaches, .detaches = machine_.kernel.detaches};
            terminate();
        };
        EXPECT_EQ(machine_.run({{[this] { return machine_.was_told("READY=1"); }, ask}}),
                  ExitStatus::stopped);
        return outcome;
    }

    struct Counts {
        int attaches;
        int detaches;
    };
    Counts after_{};
    FakeMachine machine_;
};

TEST_F(AReattachment, LoadsWhileTheOldSchedulerIsAttached)
{
    int detaches = -1;
    EXPECT_TRUE(attach_anew([&]() -> Result<void> {
        detaches = machine_.kernel.detaches;
        return {};
    }));
    EXPECT_EQ(detaches, 0);
    EXPECT_EQ(after_.attaches, 2);
    EXPECT_EQ(after_.detaches, 1);
}

TEST_F(AReattachment, LooksAfterTheOldSchedulerMeanwhile)
{
    EXPECT_TRUE(attach_anew([&]() -> Result<void> {
        const int before = machine_.kernel.settles;
        machine_.kernel.settles.wait(before);
        return {};
    }));
}

TEST_F(AReattachment, TakesTheRestOfTheOldSchedulerDownAfterwards)
{
    EXPECT_TRUE(attach_anew({}));
    EXPECT_EQ(machine_.kernel.schedulers_when_attached, 2);
    EXPECT_EQ(machine_.kernel.schedulers, 0);
}

TEST_F(AReattachment, ThatCannotBeLoadedDetachesNothing)
{
    const auto outcome = attach_anew([] { return Result<void>(fail(ENOMEM, "load")); });
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, std::errc::io_error); // the settings are not to blame
    EXPECT_THAT(outcome.error().context, HasSubstr("load"));
    EXPECT_EQ(after_.attaches, 1);
    EXPECT_EQ(after_.detaches, 0);
}

TEST_F(AReattachment, TellsOfAnEndThatCameMeanwhile)
{
    EXPECT_TRUE(attach_anew([&]() -> Result<void> {
        machine_.eject({.kind = 1026, .reason = "stall", .message = "a task waited"});
        return {};
    }));
    EXPECT_FALSE(machine_.kernel.exit);
    EXPECT_EQ(after_.attaches, 2);
    EXPECT_EQ(after_.detaches, 1);
}

} // namespace
} // namespace mitosis::daemon
