// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/failure.hpp"
#include "ctl/format.hpp"

#include <gtest/gtest.h>

namespace mitosis::ctl {

namespace {

TEST(Format, PicksTheUnitOfADuration)
{
    EXPECT_EQ(format_ns(0), "0ns");
    EXPECT_EQ(format_ns(340), "340ns");
    EXPECT_EQ(format_ns(18'000), "18us");
    EXPECT_EQ(format_ns(3'420'000), "3.4ms");
    EXPECT_EQ(format_ns(9'960'000), "10ms");
    EXPECT_EQ(format_ns(12'500'000'000), "12s");
    EXPECT_EQ(format_ns(250'000'000'000), "4.2min");
    EXPECT_EQ(format_ns(25'200'000'000'000), "7.0h");
}

TEST(Format, SaysHowLongAgo)
{
    EXPECT_EQ(format_ago(0, 5), "never");
    EXPECT_EQ(format_ago(1'000'000, 13'000'000), "12s ago");
    EXPECT_EQ(format_ago(13'000'000, 1'000'000), "0ns ago");
}

TEST(Format, ShowsNoShareOfNothing)
{
    EXPECT_EQ(format_share(1, 3), "33%");
    EXPECT_EQ(format_share(0, 0), "-");
}

TEST(Format, ListsCpusInRuns)
{
    EXPECT_EQ(format_cpus({}), "-");
    EXPECT_EQ(format_cpus({4}), "4");
    EXPECT_EQ(format_cpus({0, 1, 2, 8, 10, 11}), "0-2,8,10-11");
}

TEST(Failure, SaysWhatToDoAboutAServiceThatIsNotThere)
{
    const Failure failure = to_failure("org.freedesktop.DBus.Error.ServiceUnknown", "no such name");
    EXPECT_EQ(failure.status, ExitStatus::not_running);
    EXPECT_EQ(failure.message,
              "scx-mitosis.service is not running; start it with: systemctl start scx-mitosis");
}

TEST(Failure, DoesNotCallAServiceAbsentThatIsOnlyNotOnTheBus)
{
    const Failure absent = to_failure("org.freedesktop.DBus.Error.ServiceUnknown", "");
    EXPECT_EQ(with_kernel_view(absent, "").message, absent.message);

    const Failure hidden = with_kernel_view(absent, "mitosis_0.1.0");
    EXPECT_EQ(hidden.status, ExitStatus::not_running);
    EXPECT_TRUE(hidden.message.starts_with("the kernel runs the scheduler mitosis_0.1.0, but "));
    EXPECT_FALSE(hidden.message.contains("not running"));

    EXPECT_TRUE(
        with_kernel_view(absent, "rusty")
            .message.ends_with(
                "systemctl start scx-mitosis; but first stop rusty, which the kernel runs now"));
    const Failure denied{ExitStatus::denied, "no"};
    EXPECT_EQ(with_kernel_view(denied, "mitosis").message, "no");
}

TEST(Failure, TellsADenialFromAnError)
{
    EXPECT_EQ(to_failure("org.freedesktop.DBus.Error.AccessDenied", "").status, ExitStatus::denied);
    EXPECT_EQ(to_failure("org.scx.Mitosis.Error.RateLimited", "wait").message,
              "wait (org.scx.Mitosis.Error.RateLimited)");
}

TEST(Failure, SaysWhatToDoAboutARefusal)
{
    EXPECT_EQ(to_failure("org.scx.Mitosis.Error.ReattachRequired", "slow").message,
              "slow (org.scx.Mitosis.Error.ReattachRequired); allow it: --reattach");
    EXPECT_EQ(
        to_failure("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", "no").message,
        "permission denied; run it as root, or on a terminal, where polkit can ask: no");
}

} // namespace

} // namespace mitosis::ctl
