// SPDX-License-Identifier: GPL-2.0-only
#include "config/command_line.hpp"
#include "config/environment.hpp"
#include "config/raw_setting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

RawSetting said_by(const char *who, const char *name, Value value)
{
    return {name, std::move(value), {.name = who}};
}

CommandLine line_of(const std::vector<std::string> &arguments)
{
    return parse_command_line(arguments, {}).value();
}

TEST(Environment, IsNothingWithoutVariables)
{
    CommandLine line;
    ASSERT_TRUE(obey({}, line));
    EXPECT_THAT(line.settings, IsEmpty());
}

TEST(Environment, HasAFilterThatCountsInsteadOfTheOption)
{
    CommandLine line = line_of({"--log-level=error"});
    ASSERT_TRUE(obey({.log = "debug,libbpf=off", .timeout = {}}, line));
    EXPECT_THAT(line.settings, ElementsAre(said_by("RUST_LOG", "log-level", std::string("debug"))));
}

TEST(Environment, HasNoFilterWhereItIsNone)
{
    CommandLine line = line_of({"--log-level=warn"});
    ASSERT_TRUE(obey({.log = "a=b=c", .timeout = {}}, line));
    EXPECT_THAT(line.settings,
                ElementsAre(said_by("command line", "log-level", std::string("warn"))));
}

TEST(Environment, HasTheWatchdogsTime)
{
    CommandLine line;
    ASSERT_TRUE(obey({.log = {}, .timeout = "5000"}, line));
    EXPECT_THAT(line.settings,
                ElementsAre(said_by("SCX_TIMEOUT_MS", "watchdog-timeout-ms", std::int64_t{5000})));
}

TEST(Environment, GivesWayToOurOwnOption)
{
    CommandLine line = line_of({"--watchdog-timeout-ms=100"});
    ASSERT_TRUE(obey({.log = {}, .timeout = "5000"}, line));
    EXPECT_THAT(line.settings,
                ElementsAre(said_by("command line", "watchdog-timeout-ms", std::int64_t{100})));
}

TEST(Environment, RefusesATimeThatIsNone)
{
    for (const char *text : {"", "soon", "-1", "40000", "5s"}) {
        CommandLine line;
        const auto obeyed = obey({.log = {}, .timeout = text}, line);
        ASSERT_FALSE(obeyed) << text;
        EXPECT_THAT(obeyed.error(), testing::StartsWith("SCX_TIMEOUT_MS has invalid value: "));
        EXPECT_THAT(line.settings, IsEmpty());
    }
}

} // namespace
} // namespace mitosis::config
