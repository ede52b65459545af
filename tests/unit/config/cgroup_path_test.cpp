// SPDX-License-Identifier: GPL-2.0-only
#include "config/cgroup_path.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mitosis::config {
namespace {

TEST(NormaliseCgroupPath, KeepsANormalPath)
{
    EXPECT_EQ(normalise_cgroup_path("/work.slice/a"), "/work.slice/a");
}

TEST(NormaliseCgroupPath, AddsTheLeadingSlash)
{
    EXPECT_EQ(normalise_cgroup_path("work.slice"), "/work.slice");
}

TEST(NormaliseCgroupPath, DropsRepeatedAndTrailingSlashes)
{
    EXPECT_EQ(normalise_cgroup_path("//work.slice//a/"), "/work.slice/a");
}

TEST(NormaliseCgroupPath, DropsTheMountPoint)
{
    EXPECT_EQ(normalise_cgroup_path("/sys/fs/cgroup/work.slice"), "/work.slice");
    EXPECT_EQ(normalise_cgroup_path("/sys/fs/cgroup"), "/");
}

TEST(NormaliseCgroupPath, KeepsNamesThatOnlyStartLikeTheMountPoint)
{
    EXPECT_EQ(normalise_cgroup_path("/sys/fs/cgroups"), "/sys/fs/cgroups");
}

TEST(NormaliseCgroupPath, TakesTheRoot)
{
    EXPECT_EQ(normalise_cgroup_path("/"), "/");
}

TEST(NormaliseCgroupPath, RefusesEmptyText)
{
    EXPECT_EQ(normalise_cgroup_path("").error(), "the path is empty");
}

TEST(NormaliseCgroupPath, RefusesDots)
{
    EXPECT_EQ(normalise_cgroup_path("/a/../b").error(), "\"..\" may not be part of a cgroup path");
    EXPECT_FALSE(normalise_cgroup_path("./a"));
}

TEST(NormaliseCgroupPath, RefusesControlCharacters)
{
    EXPECT_FALSE(normalise_cgroup_path("/a\nb"));
    EXPECT_FALSE(normalise_cgroup_path(std::string("/a\0b", 4)));
}

TEST(NormaliseCgroupPath, RefusesALongName)
{
    EXPECT_TRUE(normalise_cgroup_path("/" + std::string(255, 'x')));
    EXPECT_FALSE(normalise_cgroup_path("/" + std::string(256, 'x')));
}

TEST(CheckCgroupName, RefusesAPath)
{
    EXPECT_EQ(check_cgroup_name("a/b").error(), "\"a/b\" is a path, not the name of a child");
}

TEST(CheckCgroupName, RefusesEmptyText)
{
    EXPECT_FALSE(check_cgroup_name(""));
}

} // namespace
} // namespace mitosis::config
