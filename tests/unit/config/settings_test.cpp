// SPDX-License-Identifier: GPL-2.0-only
#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "config/toml_file.hpp"
#include "core/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// What is wrong with one value, or "".
std::string refusal_of(const std::string &name, Value value)
{
    Config config;
    const auto problem = store({name, std::move(value), {.name = "f"}}, config);
    return problem ? to_string(*problem) : "";
}

Document line(const std::string &text, const std::string &path = "f")
{
    return parse_toml(text, path);
}

std::vector<std::string> problems_of(const std::vector<Document> &documents)
{
    std::vector<std::string> texts;
    if (const auto merged = merge(documents); !merged)
        for (const Problem &problem : merged.error())
            texts.push_back(to_string(problem));
    return texts;
}

TEST(Settings, TakeTheirOwnDefaultsBack)
{
    for (const Setting &setting : settings()) {
        if (setting.name == "cell-parent-cgroup")
            continue; // unset by default, and no text means unset
        EXPECT_EQ(refusal_of(std::string(setting.name), setting.load(Config{})), "");
    }
}

TEST(Settings, AreAllDocumented)
{
    for (const Setting &setting : settings()) {
        EXPECT_FALSE(setting.summary.empty()) << setting.name;
        EXPECT_TRUE(setting.doc.ends_with('.')) << setting.name;
        EXPECT_FALSE(allowed_values(setting).empty()) << setting.name;
    }
}

TEST(Settings, ReadTheDefaultTheyWrite)
{
    for (const Setting &setting : settings()) {
        const Document document =
            line(std::string(setting.name) + " = " + to_toml(setting.load(Config{})));
        ASSERT_THAT(document.settings, testing::SizeIs(1)) << setting.name;
        EXPECT_EQ(document.settings[0].value, setting.load(Config{})) << setting.name;
    }
}

TEST(Store, RefusesNumbersOutsideTheirRange)
{
    EXPECT_EQ(refusal_of("slice-us", std::int64_t{99}),
              "f: slice-us: 99 is out of range, allowed: 100 to 1000000 microseconds");
    EXPECT_EQ(refusal_of("slice-us", std::int64_t{100}), "");
    EXPECT_EQ(refusal_of("slice-us", std::int64_t{1'000'000}), "");
    EXPECT_NE(refusal_of("slice-us", std::int64_t{1'000'001}), "");
    EXPECT_NE(refusal_of("exit-dump-len", std::int64_t{-1}), "");
}

TEST(Store, RefusesWhatIsNoFiniteNumber)
{
    EXPECT_NE(refusal_of("monitor-interval-s", std::numeric_limits<double>::quiet_NaN()), "");
    EXPECT_NE(refusal_of("monitor-interval-s", std::numeric_limits<double>::infinity()), "");
    EXPECT_NE(refusal_of("monitor-interval-s", 0.049), "");
}

TEST(Store, TakesAWholeNumberForARealOne)
{
    EXPECT_EQ(refusal_of("monitor-interval-s", std::int64_t{2}), "");
    EXPECT_EQ(refusal_of("slice-us", 500.0),
              "f: slice-us: not a whole number, allowed: 100 to 1000000 microseconds");
}

TEST(Store, RefusesAnUnknownLogLevel)
{
    EXPECT_EQ(refusal_of("log-level", std::string("loud")),
              "f: log-level: \"loud\" is no log level, allowed: error, warn, info, debug or trace");
}

TEST(Store, LeavesTheConfigAloneWhenItRefuses)
{
    Config config;
    EXPECT_TRUE(store({"slice-us", std::int64_t{1}, {}}, config));
    EXPECT_EQ(config, Config{});
}

TEST(Store, SortsExclusionsAndDropsRepetitions)
{
    Config config;
    EXPECT_FALSE(store({"cell-exclude", std::vector<std::string>{"b", "a", "b"}, {}}, config));
    EXPECT_THAT(config.cell_exclude, ElementsAre("a", "b"));
}

TEST(NearestSetting, HasTheFewestEdits)
{
    EXPECT_EQ(nearest_setting("cell-parent-cgrup"), "cell-parent-cgroup");
    EXPECT_EQ(nearest_setting("dbus"), "no-dbus");
}

TEST(Merge, LetsTheLaterDocumentWin)
{
    const auto merged = merge(
        std::vector{line("slice-us = 500\nlog-level = 'warn'", "a"), line("slice-us = 600", "b")});
    ASSERT_TRUE(merged);
    EXPECT_EQ(merged->config.slice, std::chrono::microseconds(600));
    EXPECT_EQ(merged->config.log_level, LogLevel::warn);
}

TEST(Merge, RemembersWhoGaveAValue)
{
    const auto merged =
        merge(std::vector{line("slice-us = 500", "a"), line("\nslice-us = 600", "b")});
    ASSERT_TRUE(merged);
    EXPECT_THAT(merged->origins, ElementsAre(Origin{"slice-us", {"b", 2, 1}}));
}

TEST(Merge, ReplacesListsByLists)
{
    const auto merged = merge(std::vector{line("cell-parent-cgroup = 'w'\ncell-exclude = ['a']"),
                                          line("cell-exclude = ['b']")});
    ASSERT_TRUE(merged);
    EXPECT_THAT(merged->config.cell_exclude, ElementsAre("b"));
}

TEST(Merge, ReportsTheProblemsOfAllDocuments)
{
    EXPECT_THAT(problems_of({line("nope = 1", "a"), line("slice-us = 1", "b")}),
                ElementsAre(testing::StartsWith("a:1:1: nope"),
                            testing::StartsWith("b:1:1: slice-us: 1 is out of range")));
}

TEST(Merge, RefusesAValueThatALaterOneHides)
{
    EXPECT_THAT(problems_of({line("slice-us = 1", "a"), line("slice-us = 500", "b")}),
                testing::SizeIs(1));
}

TEST(Merge, RefusesExclusionsWithoutAParent)
{
    EXPECT_THAT(problems_of({line("cell-exclude = ['a']")}),
                ElementsAre("f:1:1: cell-exclude: has no meaning without cell-parent-cgroup"));
}

TEST(ChangedSettings, NamesWhatDiffers)
{
    Config after;
    after.slice = std::chrono::microseconds(500);
    after.dbus = false;
    EXPECT_THAT(changed_settings(Config{}, after), ElementsAre("slice-us", "no-dbus"));
    EXPECT_THAT(changed_settings(after, after), IsEmpty());
}

} // namespace
} // namespace mitosis::config
