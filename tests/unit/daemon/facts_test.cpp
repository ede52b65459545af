// SPDX-License-Identifier: GPL-2.0-only
#include "fake_machine.hpp"

#include "bus/facts.hpp"
#include "core/status.hpp"
#include "daemon/attachment.hpp"
#include "daemon/exit_status.hpp"
#include "daemon/facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mitosis::daemon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

bus::ServiceFacts facts_of_attached(FakeMachine &machine)
{
    Attachment attachment;
    attachment.scheduler = machine.load();
    attachment.ops = "mitosis";
    bus::ServiceFacts facts;
    show_attachment(attachment, facts);
    return facts;
}

TEST(Facts, SayWhatTheSchedulerDoesAnotherWay)
{
    FakeMachine machine;
    machine.kernel.fallbacks = {"queues are locked", "slices are written"};
    EXPECT_THAT(facts_of_attached(machine).fallbacks,
                ElementsAre("queues are locked", "slices are written"));
}

TEST(Facts, CountExitsByTheirReason)
{
    FakeMachine machine;
    bus::ServiceFacts facts = facts_of_attached(machine);
    show_no_exits(facts);
    EXPECT_EQ(facts.kernel_exits.size(), reason_tokens.size());
    show_exit(ExitInfo{.kind = 1026, .reason = "r", .message = "m"}, facts);
    show_exit(ExitInfo{.kind = 1026, .reason = "r", .message = "m"}, facts);
    EXPECT_EQ(facts.kernel_exits.at("kernel-stall"), 2U);
    EXPECT_EQ(facts.kernel_exits.at("sysrq"), 0U);
    EXPECT_EQ(facts.kernel_exits.size(), reason_tokens.size());
}

TEST(Facts, ShowNothingOfAnAttachmentThatIsNoMore)
{
    FakeMachine machine;
    machine.kernel.fallbacks = {"queues are locked"};
    bus::ServiceFacts facts = facts_of_attached(machine);
    facts.attached_realtime_us = 5;
    facts.attached_monotonic_us = 7;
    show_no_attachment(facts);
    EXPECT_EQ(facts.attached_realtime_us, 0U);
    EXPECT_EQ(facts.attached_monotonic_us, 0U);
    EXPECT_THAT(facts.fallbacks, IsEmpty());
    EXPECT_EQ(facts.state, State::running);
}

TEST(Facts, KeepNoFallbackOfASchedulerThatIsGone)
{
    FakeMachine machine;
    machine.kernel.fallbacks = {"queues are locked"};
    bus::ServiceFacts facts = facts_of_attached(machine);
    show_exit(ExitInfo{.kind = 64, .reason = "r", .message = "m"}, facts);
    EXPECT_THAT(facts.fallbacks, IsEmpty());
    EXPECT_EQ(facts.state, State::detached);
}

} // namespace
} // namespace mitosis::daemon
