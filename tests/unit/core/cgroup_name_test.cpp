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

TEST(TextOfAPath, IsThePathWhereThatIsText)
{
    EXPECT_EQ(to_text(R"(/dev-disk\x2did)"), R"(/dev-disk\x2did)");
    EXPECT_EQ(to_text("/\u00e4\u20ac\U0001f600\x1b"), "/\u00e4\u20ac\U0001f600\x1b");
    EXPECT_EQ(to_text(""), "");
}

TEST(TextOfAPath, EscapesBytesThatAreNoUtf8)
{
    EXPECT_EQ(to_text("/a\xff"
                      "b"),
              R"(/a\xffb)");
    EXPECT_EQ(to_text("/\xe2\x82"), R"(/\xe2\x82)");                 // cut off
    EXPECT_EQ(to_text("/\xc0\xaf"), R"(/\xc0\xaf)");                 // longer than needed
    EXPECT_EQ(to_text("/\xe0\x80\xaf"), R"(/\xe0\x80\xaf)");         // the same
    EXPECT_EQ(to_text("/\xed\xa0\x80"), R"(/\xed\xa0\x80)");         // a surrogate
    EXPECT_EQ(to_text("/\xf4\x90\x80\x80"), R"(/\xf4\x90\x80\x80)"); // above U+10FFFF
    EXPECT_EQ(to_text("/\xf0\x80\x80\x80"), R"(/\xf0\x80\x80\x80)");
}

TEST(LineOfAPath, EscapesWhatATerminalObeys)
{
    EXPECT_EQ(to_line("/a\x1b[2J\n\x7f"), R"(/a\x1b[2J\x0a\x7f)");
    EXPECT_EQ(to_line("/\xc2\x9b"
                      "2J"),
              R"(/\xc2\x9b2J)"); // U+009B
    EXPECT_EQ(to_line("/\u00a0\u00e4\xff"), "/\u00a0\u00e4\\xff");
}

} // namespace
} // namespace mitosis
