// SPDX-License-Identifier: GPL-2.0-only
#include "config/command_line.hpp"
#include "config/raw_setting.hpp"
#include "config/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
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
    return parse_command_line(arguments, {.version = "1.2.3"});
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

/// Of its release, and those that its head added.
std::vector<std::string> upstreams_options()
{
    return {"-v",
            "--log-level",
            "debug",
            "--exit-dump-len",
            "65536",
            "--reconfiguration-interval-s",
            "7",
            "--rebalance-cpus-interval-s",
            "3",
            "--monitor-interval-s",
            "2",
            "--run-id",
            "18446744073709551615",
            "--debug-events",
            "--exiting-task-workaround",
            "true",
            "--cpu-controller-disabled",
            "--reject-multicpu-pinning",
            "--enable-llc-awareness",
            "--enable-work-stealing",
            "--cell-parent-cgroup",
            "/work.slice",
            "--cell-exclude",
            "a",
            "--enable-borrowing",
            "--use-lockless-peek",
            "--enable-rebalancing",
            "--rebalance-threshold",
            "15.5",
            "--rebalance-cooldown-s",
            "4",
            "--demand-smoothing",
            "0.5",
            "--dynamic-affinity-cpu-selection",
            "--enable-slice-shrinking",
            "--slice-shrink-max-us",
            "5000",
            "--slice-shrink-min-us",
            "600",
            "--relaxed-maps",
            "true",
            "--pin-root-path",
            "/p",
            "--kconfig",
            "/k",
            "--btf-custom-path",
            "/b",
            "--bpf-token-path",
            "",
            "--cell0-min-cpus",
            "2",
            "--virt-llc=3-5"};
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

TEST(CommandLine, NeedsAValueForASwitchThatIsOn)
{
    EXPECT_THAT(parse({"--handover", "false"})->settings, ElementsAre(given("handover", false)));
    EXPECT_NE(refusal_of({"--handover"}), "");
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

TEST(CommandLine, IsNamedAsItIsCalled)
{
    const std::vector<std::string> arguments{"--version"};
    const auto line = parse_command_line(arguments, {.name = "scx_mitosis", .version = "1.2.3"});
    ASSERT_TRUE(line);
    EXPECT_EQ(line->text, "scx_mitosis 1.2.3\n");
}

TEST(CommandLine, TakesABareOptionForItsBareValue)
{
    EXPECT_THAT(parse({"--reject-multicpu-pinning", "--virt-llc"})->settings,
                ElementsAre(given("virt-llc", std::string("2-8")),
                            given("reject-multicpu-pinning", std::string("reject"))));
}

TEST(CommandLine, TakesAnAttachedValueOfAnOptionThatMayBeBare)
{
    EXPECT_THAT(parse({"--reject-multicpu-pinning=log", "--virt-llc=4-6"})->settings,
                ElementsAre(given("virt-llc", std::string("4-6")),
                            given("reject-multicpu-pinning", std::string("log"))));
    EXPECT_NE(refusal_of({"--virt-llc", "4-6"}), "");
}

TEST(CommandLine, TakesABooleanThatNeedsAValue)
{
    EXPECT_THAT(parse({"--relaxed-maps", "true", "--exiting-task-workaround=false"})->settings,
                ElementsAre(given("relaxed-maps", true), given("exiting-task-workaround", false)));
    EXPECT_NE(refusal_of({"--relaxed-maps"}), "");
    EXPECT_NE(refusal_of({"--relaxed-maps", "yes"}), "");
}

TEST(CommandLine, MonitorsInAnInterval)
{
    const auto line = parse({"--monitor", "0.5", "--slice-us=500"});
    ASSERT_TRUE(line);
    EXPECT_EQ(line->action, Action::monitor);
    EXPECT_EQ(line->monitor_interval, std::chrono::milliseconds(500));
    EXPECT_THAT(line->settings, testing::SizeIs(1));
}

TEST(CommandLine, RefusesToMonitorInNoTime)
{
    for (const char *interval : {"0", "-1", "nan", "inf", "x"})
        EXPECT_NE(refusal_of({"--monitor", interval}), "") << interval;
}

TEST(CommandLine, CountsVerbosity)
{
    EXPECT_THAT(parse({"-v"})->settings, ElementsAre(given("verbose", std::int64_t{1})));
    EXPECT_THAT(parse({"-vv", "--verbose"})->settings,
                ElementsAre(given("verbose", std::int64_t{3})));
    EXPECT_NE(refusal_of(std::vector<std::string>(256, "-v")), "");
    EXPECT_NE(refusal_of({"--verbose=9223372036854775807", "-v"}), "");
}

TEST(CommandLine, DropsUndefinedOptionsThatMayBe)
{
    const auto line = parse({"--undefok=warp-speed,no-dbus", "--warp-speed", "9", "--no-dbus"});
    ASSERT_TRUE(line);
    EXPECT_THAT(line->settings, ElementsAre(given("no-dbus", true)));
    EXPECT_THAT(line->ignored, ElementsAre("--warp-speed"));
}

TEST(CommandLine, KnowsEveryOptionOfUpstream)
{
    const auto line = parse(upstreams_options());
    ASSERT_TRUE(line) << line.error();
    EXPECT_THAT(line->settings, testing::SizeIs(settings().size() - 4)); // our own
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
    EXPECT_NE(refusal_of({"--rebalance-threshold=nan"}), "");
}

TEST(CommandLine, ReportsAllBadValuesTogether)
{
    EXPECT_EQ(
        refusal_of({"--slice-us=x", "--run-id=first"}),
        "--slice-us: \"x\" is not a whole number\n"
        "--run-id: \"first\" is not a whole number of at most 64 bits, allowed: a whole number "
        "from 0 to 18446744073709551615");
}

TEST(CommandLine, TakesUpstreamsLogFilters)
{
    const auto line = parse({"--log-level", "debug,libbpf=warn"});
    EXPECT_THAT(line->settings, ElementsAre(given("log-level", std::string("debug"))));
    EXPECT_EQ(line->note, "");
}

TEST(CommandLine, StartsWithALogFilterThatIsNone)
{
    const auto line = parse({"--log-level=scx_mitosis=loud"});
    ASSERT_TRUE(line);
    EXPECT_THAT(line->settings, ElementsAre(given("log-level", std::string("info"))));
    EXPECT_EQ(line->note, "invalid log filter \"scx_mitosis=loud\", logging from info on");
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
