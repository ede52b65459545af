// SPDX-License-Identifier: GPL-2.0-only
#include "core/cgroup_name.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mitosis {
namespace {

TEST(MatchesName, TakesPatterns)
{
    EXPECT_TRUE(matches_name("*.scope", "init.scope"));
    EXPECT_TRUE(matches_name("web[0-9]", "web7"));
    EXPECT_FALSE(matches_name("*.scope", "web.service"));
    EXPECT_FALSE(matches_name("a", "ab"));
}

TEST(MatchesName, TakesANameForItself)
{
    EXPECT_TRUE(matches_name(R"(dev-disk\x2did)", R"(dev-disk\x2did)"));
    EXPECT_TRUE(matches_name("job[1]", "job[1]"));
}

TEST(MatchesAnyName, NeedsOne)
{
    const std::vector<std::string> patterns{"*.scope", "idle"};
    EXPECT_TRUE(matches_any_name(patterns, "idle"));
    EXPECT_FALSE(matches_any_name(patterns, "web"));
    EXPECT_FALSE(matches_any_name({}, "web"));
}

} // namespace
} // namespace mitosis
