// SPDX-License-Identifier: GPL-2.0-only
#include "config/log_filter.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace mitosis::config {
namespace {

TEST(LevelOfFilter, TakesALevel)
{
    for (const char *level : {"error", "warn", "info", "debug", "trace"})
        EXPECT_EQ(level_of_filter(level), level);
    EXPECT_EQ(level_of_filter("DEBUG"), "debug");
}

TEST(LevelOfFilter, NeverTurnsErrorsOff)
{
    EXPECT_EQ(level_of_filter("off"), "error");
    EXPECT_EQ(level_of_filter(""), "error");
}

TEST(LevelOfFilter, TakesTheLevelOfThisProgramOutOfAList)
{
    EXPECT_EQ(level_of_filter("debug,libbpf=warn"), "debug");
    EXPECT_EQ(level_of_filter("libbpf=trace, warn"), "warn");
    EXPECT_EQ(level_of_filter("warn,scx_mitosis=debug"), "debug");
    EXPECT_EQ(level_of_filter("scx_mitosis=debug,warn"), "debug");
    EXPECT_EQ(level_of_filter("scx=info,scx_mitosis=trace,scx=warn"), "trace");
    EXPECT_EQ(level_of_filter("warn,scx_mitosis"), "trace");
    EXPECT_EQ(level_of_filter("info,warn"), "warn");
}

TEST(LevelOfFilter, LetsErrorsThroughWhereNothingIsSaidOfThisProgram)
{
    EXPECT_EQ(level_of_filter("libbpf=debug"), "error");
    EXPECT_EQ(level_of_filter("loud"), "error");
}

TEST(LevelOfFilter, KnowsWhatIsNone)
{
    EXPECT_EQ(level_of_filter("scx_mitosis=loud"), std::nullopt);
    EXPECT_EQ(level_of_filter("info,a=b=debug"), std::nullopt);
    EXPECT_EQ(level_of_filter("=="), std::nullopt);
}

} // namespace
} // namespace mitosis::config
