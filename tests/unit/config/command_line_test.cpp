// SPDX-License-Identifier: GPL-2.0-only
#include "config/command_line.hpp"
#include "config/raw_setting.hpp"
#include "config/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <expected>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::expected<CommandLine, std::string> parse(std::vector<std::string> arguments)
{
    return parse_command_line(arguments, "1.2.3");
}

std::string refusal_of(std::vector<std::string> arguments)
{
    const auto line = parse(std::move(arguments));
    return line ? "" : line.error();
}

RawSetting given(const std::string &name, Value value)
{
    return {name, std::move(value), {.name = "command line"}};
}

TEST(CommandLine, RunsWithoutArguments)
{
    const auto line = parse({});
    ASSERT_TRUE(line);
    EXPECT_EQ(line->action, Action::run);
    EXPECT_THAT(line->settings, IsEmpty());
}

TEST(CommandLine, TakesAValueAfterASpaceOrAnEqualsSign)
{
    EXPECT_THAT(parse({"--slice-us", "500"})->settings,
                ElementsAre(given("slice-us", std::int64_t{500})));
    EXPECT_THAT(parse({"--slice-us=500"})->settings,
                ElementsAre(given("slice-us", std::int64_t{500})));
}

TEST(CommandLine, MakesOneListOfRepeatedOptions)
{
    EXPECT_THAT(parse({"--cell-exclude", "b", "--cell-exclude=a,c"})->settings,
                ElementsAre(given("cell-exclude", std::vector<std::string>{"b", "a,c"})));
}

TEST(CommandLine, TakesASwitchWithoutAValue)
{
    EXPECT_THAT(parse({"--no-dbus"})->settings, ElementsAre(given("no-dbus", true)));
    EXPECT_THAT(parse({"--no-dbus=false"})->settings, ElementsAre(given("no-dbus", false)));
}

TEST(CommandLine, KnowsEverySetting)
{
    const std::string help = parse({"--help"})->text;
    for (const Setting &setting : settings())
        EXPECT_THAT(help, HasSubstr("--" + std::string(setting.name)));
}

TEST(CommandLine, PrintsItsVersion)
{
    for (const char *option : {"-V", "--version"}) {
        const auto line = parse({option});
        ASSERT_TRUE(line);
        EXPECT_EQ(line->action, Action::print);
        EXPECT_EQ(line->text, "scx-mitosis 1.2.3\n");
    }
}

TEST(CommandLine, PrintsHelp)
{
    EXPECT_EQ(parse({"-h"})->action, Action::print);
}

TEST(CommandLine, RefusesAbbreviations)
{
    EXPECT_NE(refusal_of({"--slice", "500"}), "");
}

TEST(CommandLine, RefusesPositionalArguments)
{
    EXPECT_NE(refusal_of({"x"}), "");
    EXPECT_NE(refusal_of({"--cell-exclude", "a", "b"}), "");
}

TEST(CommandLine, RefusesAnOptionGivenTwice)
{
    EXPECT_NE(refusal_of({"--slice-us", "500", "--slice-us", "500"}), "");
    EXPECT_NE(refusal_of({"--no-dbus", "--no-dbus"}), "");
}

TEST(CommandLine, RefusesAMissingValue)
{
    EXPECT_NE(refusal_of({"--slice-us"}), "");
}

TEST(CommandLine, SaysWhatIsAllowed)
{
    EXPECT_EQ(refusal_of({"--slice-us=5"}),
              "--slice-us: 5 is out of range, allowed: 100 to 1000000 microseconds");
}

TEST(CommandLine, RefusesWhatIsNoNumber)
{
    EXPECT_EQ(refusal_of({"--slice-us=5k"}), "--slice-us: \"5k\" is not a whole number");
    EXPECT_NE(refusal_of({"--slice-us=500.5"}), "");
    EXPECT_NE(refusal_of({"--slice-us=99999999999999999999"}), "");
    EXPECT_NE(refusal_of({"--monitor-interval-s=nan"}), "");
}

TEST(CommandLine, ReportsAllBadValuesTogether)
{
    EXPECT_EQ(refusal_of({"--slice-us=x", "--log-level=loud"}),
              "--slice-us: \"x\" is not a whole number\n"
              "--log-level: \"loud\" is no log level, allowed: error, warn, info, debug or trace");
}

TEST(CommandLine, TakesAFileInsteadOfTheSearchPath)
{
    EXPECT_EQ(parse({"--config", "/x.toml"})->config_file, "/x.toml");
}

TEST(CommandLine, ChecksTheConfiguration)
{
    const auto line = parse({"--check-config"});
    ASSERT_TRUE(line);
    EXPECT_EQ(line->action, Action::check_config);
    EXPECT_THAT(line->check_files, IsEmpty());
}

TEST(CommandLine, ChecksNamedFiles)
{
    EXPECT_THAT(parse({"--check-config", "a", "b"})->check_files, ElementsAre("a", "b"));
}

} // namespace
} // namespace mitosis::config
