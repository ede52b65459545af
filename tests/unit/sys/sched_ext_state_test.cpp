// SPDX-License-Identifier: GPL-2.0-only
#include "temporary_directory.hpp"

#include "sys/sched_ext_state.hpp"

#include <gtest/gtest.h>

#include <system_error>

namespace mitosis::sys {
namespace {

void write_state(const TemporaryDirectory &root)
{
    root.write("state", "enabled\n");
    root.write("enable_seq", "7\n");
    root.write("switch_all", "1\n");
}

TEST(SchedExtState, ShowsTheAttachedScheduler)
{
    const TemporaryDirectory root;
    write_state(root);
    root.write("root/ops", "mitosis\n");
    const SchedExtState expected{
        .state = "enabled", .ops = "mitosis", .enable_seq = 7, .switch_all = true};
    EXPECT_EQ(read_sched_ext_state(root.path()), expected);
}

TEST(SchedExtState, HasNoNameWithoutAScheduler)
{
    const TemporaryDirectory root;
    write_state(root);
    EXPECT_EQ(read_sched_ext_state(root.path())->ops, "");
}

TEST(SchedExtState, IsAbsentOnAKernelWithoutIt)
{
    const TemporaryDirectory root;
    EXPECT_EQ(read_sched_ext_state(root.path("none")).error().code,
              std::errc::no_such_file_or_directory);
}

TEST(SchedExtState, RefusesWhatIsNoNumber)
{
    const TemporaryDirectory root;
    write_state(root);
    root.write("enable_seq", "x\n");
    EXPECT_FALSE(read_sched_ext_state(root.path()));
}

} // namespace
} // namespace mitosis::sys
