// SPDX-License-Identifier: GPL-2.0-only
#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "config/toml_file.hpp"
#include "core/config.hpp"
#include "core/virtual_llcs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
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
        if (!setting.example.empty())
            continue; // unset by default, which not every setting can be made again
        EXPECT_EQ(refusal_of(std::string(setting.name), setting.load(Config{})), "");
    }
}

TEST(Settings, HaveUpstreamsDefaults)
{
    const std::map<std::string, Value> defaults{
        {"exit-dump-len", std::int64_t{0}},
        {"reconfiguration-interval-s", std::int64_t{10}},
        {"rebalance-cpus-interval-s", std::int64_t{5}},
        {"monitor-interval-s", 1.0},
        {"exiting-task-workaround", true},
        {"enable-rebalancing", false},
        {"rebalance-threshold", 20.0},
        {"rebalance-cooldown-s", std::int64_t{5}},
        {"demand-smoothing", 0.3},
        {"slice-shrink-max-us", std::int64_t{4000}},
        {"slice-shrink-min-us", std::int64_t{500}},
        {"cell0-min-cpus", std::int64_t{0}},
        {"log-level", std::string("info")},
    };
    for (const auto &[name, value] : defaults)
        EXPECT_EQ(find_setting(name)->load(Config{}), value) << name;
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
    EXPECT_NE(refusal_of("watchdog-timeout-ms", std::int64_t{30'001}), "");
}

TEST(Store, RefusesWhatIsNoFiniteNumber)
{
    for (const char *setting : {"monitor-interval-s", "rebalance-threshold", "demand-smoothing"}) {
        EXPECT_NE(refusal_of(setting, std::numeric_limits<double>::quiet_NaN()), "") << setting;
        EXPECT_NE(refusal_of(setting, std::numeric_limits<double>::infinity()), "") << setting;
    }
    EXPECT_NE(refusal_of("monitor-interval-s", 0.049), "");
}

TEST(Store, TakesAWholeNumberForARealOne)
{
    EXPECT_EQ(refusal_of("monitor-interval-s", std::int64_t{2}), "");
    EXPECT_EQ(refusal_of("slice-us", 500.0),
              "f: slice-us: 500.0 is not a whole number, allowed: 100 to 1000000 microseconds");
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

TEST(Merge, RefusesWorkStealingWithoutLlcs)
{
    EXPECT_THAT(problems_of({line("enable-work-stealing = true")}),
                ElementsAre("f:1:1: enable-work-stealing: requires enable-llc-awareness: without "
                            "it a cell has one queue and nothing to steal from"));
    EXPECT_THAT(problems_of({line("enable-work-stealing = true\nenable-llc-awareness = true")}),
                IsEmpty());
}

TEST(Merge, RefusesSliceLimitsThatLeaveNoRoom)
{
    EXPECT_THAT(problems_of({line("slice-shrink-min-us = 4000")}),
                ElementsAre("f:1:1: slice-shrink-min-us: slice-shrink-min-us (4000) must be less "
                            "than slice-shrink-max-us (4000)"));
    EXPECT_THAT(problems_of({line("slice-shrink-max-us = 500")}),
                ElementsAre(testing::StartsWith("f:1:1: slice-shrink-max-us: ")));
    EXPECT_THAT(problems_of({line("slice-shrink-min-us = 3999")}), IsEmpty());
}

TEST(Store, TakesARangeOfSizesForVirtualLlcs)
{
    Config config;
    EXPECT_FALSE(store({"virt-llc", std::string("3-5"), {}}, config));
    EXPECT_EQ(config.virtual_llcs, (VirtualLlcs{.min_cores = 3, .max_cores = 5}));
    EXPECT_FALSE(store({"virt-llc", std::string(), {}}, config));
    EXPECT_EQ(config.virtual_llcs, std::nullopt);
}

TEST(Store, RefusesWhatIsNoRangeOfSizes)
{
    for (const char *text : {"4", "0-4", "5-4", "1-2-3", "a-b", "-", "1-", " 1-2"})
        EXPECT_NE(refusal_of("virt-llc", std::string(text)), "") << text;
}

TEST(Store, KnowsBothWaysWithPinnedTasks)
{
    Config config;
    EXPECT_EQ(config.features.multicpu_pinning, MultiCpuPinning::log);
    EXPECT_FALSE(store({"reject-multicpu-pinning", std::string("reject"), {}}, config));
    EXPECT_EQ(config.features.multicpu_pinning, MultiCpuPinning::reject);
    EXPECT_NE(refusal_of("reject-multicpu-pinning", std::string("")), "");
}

TEST(Store, TakesRunIdsOf64Bits)
{
    EXPECT_EQ(refusal_of("run-id", std::string("18446744073709551615")), "");
    EXPECT_NE(refusal_of("run-id", std::string("18446744073709551616")), "");
    EXPECT_NE(refusal_of("run-id", std::string("-1")), "");
}

TEST(Store, TellsAnEmptyTokenPathFromNone)
{
    Config config;
    EXPECT_EQ(config.libbpf.bpf_token_path, std::nullopt);
    EXPECT_FALSE(store({"bpf-token-path", std::string(), {}}, config));
    EXPECT_EQ(config.libbpf.bpf_token_path, "");
}

TEST(Store, RefusesAZeroByteInAPath)
{
    EXPECT_NE(refusal_of("kconfig", std::string("/a\0b", 4)), "");
    EXPECT_NE(refusal_of("bpf-token-path", std::string("/a\0b", 4)), "");
}

TEST(Store, RefusesASmoothingOutsideOfNothingAndAll)
{
    EXPECT_EQ(refusal_of("demand-smoothing", 0.0), "");
    EXPECT_EQ(refusal_of("demand-smoothing", 1.0), "");
    EXPECT_NE(refusal_of("demand-smoothing", 1.01), "");
    EXPECT_NE(refusal_of("demand-smoothing", std::numeric_limits<double>::quiet_NaN()), "");
}

TEST(ChangedSettings, NamesWhatDiffers)
{
    Config after;
    after.slice = std::chrono::microseconds(500);
    after.dbus = false;
    EXPECT_THAT(changed_settings(Config{}, after), ElementsAre("slice-us", "no-dbus"));
    EXPECT_THAT(changed_settings(after, after), IsEmpty());
}

TEST(SettingsToReattachFor, AreThoseThatTheSchedulerWasMadeWith)
{
    Config wanted;
    wanted.slice = std::chrono::microseconds(500);
    wanted.features.slice_shrinking.max = std::chrono::microseconds(600);
    EXPECT_THAT(settings_to_reattach_for(Config{}, wanted), IsEmpty());
    wanted.features.slice_shrinking.enabled = true;
    wanted.features.llc_awareness = true;
    EXPECT_THAT(settings_to_reattach_for(Config{}, wanted),
                ElementsAre("enable-llc-awareness", "enable-slice-shrinking"));
}

TEST(SettingsToReattachFor, AreOnlyOnesThatAreSwitchedOnWhereOffIsNoTrouble)
{
    Config borrowing;
    borrowing.features.borrowing = true;
    EXPECT_THAT(settings_to_reattach_for(Config{}, borrowing), ElementsAre("enable-borrowing"));
    EXPECT_THAT(settings_to_reattach_for(borrowing, Config{}), IsEmpty());
    EXPECT_THAT(settings_to_reattach_for(borrowing, borrowing), IsEmpty());
}

} // namespace
} // namespace mitosis::config
