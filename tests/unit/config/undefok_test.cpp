// SPDX-License-Identifier: GPL-2.0-only
#include "config/undefok.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <expected>
#include <string>
#include <vector>

namespace mitosis::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Where only --known exists.
std::expected<KnownArguments, std::string> drop(const std::vector<std::string> &arguments)
{
    return drop_undefined(arguments, [](const std::string &name) { return name == "known"; });
}

TEST(DropUndefined, KeepsArgumentsAsTheyAre)
{
    const auto known = drop({"--other", "1", "-v", "--known"});
    ASSERT_TRUE(known);
    EXPECT_THAT(known->arguments, ElementsAre("--other", "1", "-v", "--known"));
    EXPECT_THAT(known->dropped, IsEmpty());
}

TEST(DropUndefined, DropsAnUnknownOptionWithItsValue)
{
    EXPECT_THAT(drop({"--undefok=new", "--new", "1", "--known"})->arguments,
                ElementsAre("--known"));
    EXPECT_THAT(drop({"--undefok", "new", "--new=1", "2"})->arguments, ElementsAre("2"));
}

TEST(DropUndefined, KeepsAnOptionThatFollowsAnUnknownSwitch)
{
    EXPECT_THAT(drop({"--new", "-v", "--undefok=new"})->arguments, ElementsAre("-v"));
}

TEST(DropUndefined, KeepsOptionsThatExist)
{
    const auto known = drop({"--undefok=known", "--known", "1"});
    EXPECT_THAT(known->arguments, ElementsAre("--known", "1"));
    EXPECT_THAT(known->dropped, IsEmpty());
}

TEST(DropUndefined, TellsWhatItDropped)
{
    EXPECT_THAT(drop({"--b", "--undefok= a , b", "--a=1", "--undefok=c"})->dropped,
                ElementsAre("--b", "--a"));
}

TEST(DropUndefined, LooksBehindTwoDashesToo)
{
    EXPECT_THAT(drop({"--undefok=new", "--", "--new"})->arguments, ElementsAre("--"));
}

TEST(DropUndefined, RefusesWhatIsNoName)
{
    for (const char *list : {"", "a,,b", "--a", "a=1", ","})
        EXPECT_FALSE(drop({"--undefok", list})) << list;
    EXPECT_FALSE(drop({"--undefok="}));
    EXPECT_FALSE(drop({"--undefok"}));
}

} // namespace
} // namespace mitosis::config
