// SPDX-License-Identifier: GPL-2.0-only
#include "fake_machine.hpp"

#include "bus/facts.hpp"
#include "core/status.hpp"
#include "daemon/attachment.hpp"
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
