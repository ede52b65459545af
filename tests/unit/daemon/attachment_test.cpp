// SPDX-License-Identifier: GPL-2.0-only
// What is said of a scheduler that the kernel does not take.
#include "fake_machine.hpp"

#include "core/config.hpp"
#include "core/error.hpp"
#include "daemon/attachment.hpp"
#include "daemon/exit_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace mitosis::daemon {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

StartFailure refused_with(int error)
{
    FakeMachine machine;
    machine.kernel.when_loading = [error]() -> Result<void> {
        return fail(error, "hand the object to the kernel (R1 type=scalar)");
    };
    const auto loaded = load_scheduler(Config{}, machine.world());
    EXPECT_FALSE(loaded);
    return loaded.error();
}

TEST(ARefusedScheduler, WantsItsCapabilitiesWhereThoseAreMissing)
{
    const auto failure = refused_with(EPERM);
    EXPECT_EQ(failure.status, ExitStatus::not_permitted);
    EXPECT_THAT(failure.message, HasSubstr("it needs CAP_BPF and CAP_PERFMON: "));
}

TEST(ARefusedScheduler, GivesTheVerifiersWordsWhereThatRefusedAProgram)
{
    const auto failure = refused_with(EACCES);
    EXPECT_EQ(failure.status, ExitStatus::not_permitted);
    EXPECT_THAT(failure.message, StartsWith("Cannot attach the scheduler: "));
    EXPECT_THAT(failure.message, HasSubstr("R1 type=scalar"));
    EXPECT_THAT(failure.message, Not(HasSubstr("CAP_BPF")));
}

} // namespace
} // namespace mitosis::daemon
