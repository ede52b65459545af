// SPDX-License-Identifier: GPL-2.0-only
#include "core/error.hpp"
#include "core/refusal.hpp"
#include "core/status.hpp"
#include "daemon/exit_status.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>

namespace mitosis::daemon {
namespace {

ExitInfo exit_of(std::uint32_t kind, std::int64_t code = 0)
{
    return {.kind = kind, .code = code, .reason = {}, .message = {}, .at_realtime_us = 0};
}

ExitStatus status_of_errno(int number)
{
    return status_of_failed_attach(fail(number, "attach").error());
}

constexpr std::int64_t restart = 1LL << 48;
constexpr std::int64_t hotplug = 1LL << 32;

TEST(StatusOfExit, TellsTheEmergencyStopApart)
{
    EXPECT_EQ(status_of_exit(exit_of(67)), ExitStatus::sysrq);
    EXPECT_EQ(status_of_exit(exit_of(1024)), ExitStatus::ejected);
    EXPECT_EQ(status_of_exit(exit_of(1026)), ExitStatus::ejected);
}

TEST(ReasonToken, NamesTheKind)
{
    EXPECT_EQ(reason_token(exit_of(67)), "sysrq");
    EXPECT_EQ(reason_token(exit_of(1025)), "kernel-error");
    EXPECT_EQ(reason_token(exit_of(1026)), "kernel-stall");
    EXPECT_EQ(reason_token(exit_of(65)), "unregistered");
    EXPECT_EQ(reason_token(exit_of(66, hotplug | restart)), "hotplug");
}

TEST(AsksForRestart, ReadsTheKernelsAction)
{
    EXPECT_TRUE(asks_for_restart(exit_of(65, restart)));
    EXPECT_TRUE(asks_for_restart(exit_of(66, hotplug | restart)));
    EXPECT_FALSE(asks_for_restart(exit_of(66, hotplug)));
}

TEST(AsksForRestart, IsNeverSoForAnError)
{
    EXPECT_FALSE(asks_for_restart(exit_of(1024, restart)));
}

TEST(StatusOfFailedAttach, KnowsASettingThatCannotBeFollowed)
{
    const auto refused = refuse(Refusal::invalid_setting, "kconfig: cannot read /nowhere");
    EXPECT_EQ(status_of_failed_attach(refused.error()), ExitStatus::config);
}

TEST(StatusOfFailedAttach, TellsPermissionFromUnavailability)
{
    EXPECT_EQ(status_of_errno(EPERM), ExitStatus::not_permitted);
    EXPECT_EQ(status_of_errno(EACCES), ExitStatus::not_permitted);
    EXPECT_EQ(status_of_errno(EBUSY), ExitStatus::unavailable);
    EXPECT_EQ(status_of_errno(ECANCELED), ExitStatus::ejected);
    EXPECT_EQ(status_of_errno(EINVAL), ExitStatus::internal);
}

} // namespace
} // namespace mitosis::daemon
