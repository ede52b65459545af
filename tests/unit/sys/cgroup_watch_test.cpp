// SPDX-License-Identifier: GPL-2.0-only
#include "temporary_directory.hpp"

#include "sys/cgroup_watch.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

namespace mitosis::sys {
namespace {

class ACgroupWatch : public testing::Test {
protected:
    static bool is_readable(const CgroupWatch &watch)
    {
        pollfd entry{.fd = watch.fd(), .events = POLLIN, .revents = 0};
        return ::poll(&entry, 1, 0) == 1;
    }

    /// inotify queues an event before the call that caused it returns, so nothing needs waiting.
    static bool noticed(CgroupWatch &watch) { return is_readable(watch) && *watch.drain(); }

    CgroupWatch open(std::optional<std::string> parent)
    {
        return *CgroupWatch::open(root_.path(), std::move(parent));
    }

    TemporaryDirectory root_;
};

TEST_F(ACgroupWatch, SaysNothingAtFirst)
{
    root_.make_directory("apps/a");
    CgroupWatch watch = open("/apps");
    EXPECT_FALSE(noticed(watch));
}

TEST_F(ACgroupWatch, NoticesAChildThatAppears)
{
    root_.make_directory("apps");
    CgroupWatch watch = open("/apps");
    root_.make_directory("apps/a");
    EXPECT_TRUE(noticed(watch));
    EXPECT_FALSE(noticed(watch));
}

TEST_F(ACgroupWatch, NoticesAChildThatDisappears)
{
    root_.make_directory("apps/a");
    CgroupWatch watch = open("/apps");
    root_.remove("apps/a");
    EXPECT_TRUE(noticed(watch));
}

TEST_F(ACgroupWatch, IgnoresWhatHappensBeside)
{
    root_.make_directory("apps/a");
    CgroupWatch watch = open("/apps");
    root_.make_directory("other");
    root_.make_directory("apps/a/deep");
    root_.write("apps/file", "");
    EXPECT_FALSE(noticed(watch));
}

TEST_F(ACgroupWatch, FollowsAParentThatIsMadeLater)
{
    CgroupWatch watch = open("/far/apps");
    root_.make_directory("far");
    EXPECT_TRUE(noticed(watch));
    root_.make_directory("far/apps");
    EXPECT_TRUE(noticed(watch));
    root_.make_directory("far/apps/a");
    EXPECT_TRUE(noticed(watch));
}

TEST_F(ACgroupWatch, FollowsAParentThatIsMadeAgain)
{
    root_.make_directory("apps");
    CgroupWatch watch = open("/apps");
    root_.remove("apps");
    root_.make_directory("apps");
    EXPECT_TRUE(noticed(watch));
    root_.make_directory("apps/a");
    EXPECT_TRUE(noticed(watch));
}

TEST_F(ACgroupWatch, WatchesTheChildrenOfTheRoot)
{
    CgroupWatch watch = open("/");
    root_.make_directory("a");
    EXPECT_TRUE(noticed(watch));
}

TEST_F(ACgroupWatch, WatchesNothingWithoutAParent)
{
    CgroupWatch watch = open(std::nullopt);
    root_.make_directory("a");
    EXPECT_FALSE(noticed(watch));
}

TEST_F(ACgroupWatch, LooksAtAnotherParentWhenTold)
{
    root_.make_directory("apps");
    root_.make_directory("play");
    CgroupWatch watch = open("/apps");
    ASSERT_TRUE(watch.set_parent("/play"));
    root_.make_directory("apps/a");
    EXPECT_FALSE(noticed(watch));
    root_.make_directory("play/a");
    EXPECT_TRUE(noticed(watch));
}

TEST_F(ACgroupWatch, SurvivesMoreEventsThanOneBufferHolds)
{
    root_.make_directory("apps");
    CgroupWatch watch = open("/apps");
    for (int i = 0; i < 500; ++i)
        root_.make_directory("apps/" + std::to_string(i));
    EXPECT_TRUE(noticed(watch));
    EXPECT_FALSE(is_readable(watch));
}

/// More events than the kernel queues for one descriptor. Two renames are never merged into one.
void overflow_queue(const TemporaryDirectory &root)
{
    std::size_t limit = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
    ASSERT_GT(limit, 0U);
    const std::string here = root.path("busy");
    const std::string there = root.path("busier");
    std::filesystem::create_directory(here);
    for (std::size_t events = 0; events <= limit; events += 4) { // two of each rename
        std::filesystem::rename(here, there);
        std::filesystem::rename(there, here);
    }
}

TEST_F(ACgroupWatch, TakesLostEventsForAChange)
{
    CgroupWatch watch = open("/apps");
    overflow_queue(root_); // none of these matters, but what comes now is not queued any more
    root_.make_directory("apps");
    EXPECT_TRUE(noticed(watch));
    EXPECT_FALSE(is_readable(watch));
    root_.make_directory("apps/a");
    EXPECT_TRUE(noticed(watch));
}

TEST_F(ACgroupWatch, IgnoresManyEventsThatAreNotLost)
{
    CgroupWatch watch = open("/apps");
    std::filesystem::create_directory(root_.path("busy"));
    for (int count = 0; count < 500; ++count) {
        std::filesystem::rename(root_.path("busy"), root_.path("busier"));
        std::filesystem::rename(root_.path("busier"), root_.path("busy"));
    }
    EXPECT_FALSE(noticed(watch));
}

} // namespace
} // namespace mitosis::sys
