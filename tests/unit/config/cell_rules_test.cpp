// SPDX-License-Identifier: GPL-2.0-only
#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "config/toml_file.hpp"
#include "core/cell_policy.hpp"
#include "core/config.hpp"
#include "core/cpu_list.hpp"
#include "core/ids.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mitosis::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Config config_of(const std::string &text)
{
    const auto merged = merge(std::vector{parse_toml(text, "f")});
    EXPECT_TRUE(merged) << (merged ? "" : to_string(merged.error().front()));
    return merged ? merged->config : Config{};
}

std::vector<std::string> problems_of(const std::string &text)
{
    std::vector<std::string> texts;
    if (const auto merged = merge(std::vector{parse_toml(text, "f")}); !merged)
        for (const Problem &problem : merged.error())
            texts.push_back(to_string(problem));
    return texts;
}

/// Of a machine with so many CPUs.
std::vector<std::string> excess_of(const std::string &text, unsigned cpus)
{
    std::vector<std::string> texts;
    const std::vector documents{parse_toml(text, "f")};
    for (const Problem &problem : find_excess(documents, config_of(text), cpus))
        texts.push_back(to_string(problem));
    return texts;
}

TEST(CellRules, SayEverythingAboutACell)
{
    const Config config = config_of("[cell.web]\nmin-cpus = 2\nmax-cpus = 4\nweight = 300\n"
                                    "lend-cores = true\nborrow = false\nllcs = '0-1'\n"
                                    "cpus = '0-3'\n");
    EXPECT_EQ(policy_of(config, "/work.slice/web"), (CellPolicy{.min_cpus = 2,
                                                                .max_cpus = 4,
                                                                .weight = 300,
                                                                .exclusive = false,
                                                                .lend_cores = true,
                                                                .borrow = false,
                                                                .llcs = {LlcId{0}, LlcId{1}},
                                                                .cpus = *parse_cpu_list("0-3")}));
}

TEST(CellRules, LeaveOtherCellsAlone)
{
    const Config config = config_of("[cell.web]\nmin-cpus = 2\n");
    EXPECT_EQ(policy_of(config, "/work.slice/db"), CellPolicy{});
    EXPECT_EQ(policy_of(config, "/web/db"), CellPolicy{});
}

TEST(CellRules, PreferTheMoreSpecificPattern)
{
    const Config config = config_of("[cell.'*']\nweight = 1\nmax-cpus = 9\n[cell.'web*']\n"
                                    "weight = 2\n[cell.'web-1*']\nweight = 3\n[cell.'web-1']\n"
                                    "weight = 4\n");
    EXPECT_EQ(policy_of(config, "/w/web-1").weight, 4U);
    EXPECT_EQ(policy_of(config, "/w/web-11").weight, 3U);
    EXPECT_EQ(policy_of(config, "/w/web-2").weight, 2U);
    EXPECT_EQ(policy_of(config, "/w/db").weight, 1U);
    EXPECT_EQ(policy_of(config, "/w/web-1").max_cpus, 9U); // what only the weaker one says
}

TEST(CellRules, KnowCell0ByTheSlashAlone)
{
    const Config config = config_of("cell0-min-cpus = 3\n[cell.'*']\nexclusive = true\n"
                                    "[cell.'/']\nweight = 7\n");
    EXPECT_EQ(policy_of(config, "/"), (CellPolicy{.min_cpus = 3, .weight = 7}));
    EXPECT_TRUE(policy_of(config, "/w/a").exclusive);
}

TEST(CellRules, OfALaterFileGoOverThoseOfAnEarlierOne)
{
    const auto merged = merge(std::vector{parse_toml("[cell.a]\nweight = 1\nmin-cpus = 1\n", "f"),
                                          parse_toml("[cell.a]\nweight = 2\n", "g")});
    ASSERT_TRUE(merged);
    EXPECT_EQ(policy_of(merged->config, "/a"), (CellPolicy{.min_cpus = 1, .weight = 2}));
}

TEST(CellRules, RefuseValuesOutOfRange)
{
    EXPECT_THAT(problems_of("[cell.a]\nweight = 0\n"),
                ElementsAre("f:2:1: cell.\"a\".weight: 0 is out of range, allowed: 1 to 10000"));
    EXPECT_THAT(problems_of("[cell.a]\ncpus = '3-1'\nllcs = ''\n"),
                ElementsAre(testing::HasSubstr("\"3-1\" is no list of numbers"),
                            testing::HasSubstr("the list is empty")));
    EXPECT_THAT(problems_of("[cell.a]\nborrow = 1\n"),
                ElementsAre(testing::HasSubstr("not true or false")));
}

TEST(CellRules, RefuseAMinimumAboveTheMaximum)
{
    EXPECT_THAT(problems_of("[cell.a]\nmin-cpus = 3\n[cell.'*']\nmax-cpus = 2\n"),
                ElementsAre("f:2:1: cell.\"a\".min-cpus: min-cpus (3) must not be more than "
                            "max-cpus (2)"));
}

TEST(CellRules, RefuseToLendCoresOfAnExclusiveCell)
{
    EXPECT_THAT(problems_of("[cell.a]\nexclusive = true\nlend-cores = true\n"),
                ElementsAre(testing::HasSubstr("an exclusive cell lends nothing")));
}

TEST(CellRules, ShowTheSumThatAMachineCannotGiveAndWhoAskedLast)
{
    const std::string text = "cell0-min-cpus = 2\n[cell.'*']\nmin-cpus = 1\n[cell.a]\n"
                             "min-cpus = 4\n[cell.b]\nweight = 2\n";
    EXPECT_THAT(excess_of(text, 7), IsEmpty());
    EXPECT_THAT(excess_of(text, 6),
                ElementsAre("f:5:1: cell.\"a\".min-cpus: the minima of the cells are 2 for cell 0 "
                            "+ 4 for a + 1 for b = 7 CPUs, allowed: 6 in all, as many as this "
                            "machine has"));
}

TEST(CellRules, RefuseAMinimumOfCell0AtItsPlace)
{
    EXPECT_THAT(excess_of("slice-us = 500\ncell0-min-cpus = 9\n", 8),
                ElementsAre("f:2:1: cell0-min-cpus: the minima of the cells are 9 for cell 0 = 9 "
                            "CPUs, allowed: 8 in all, as many as this machine has"));
}

TEST(CellRules, RefuseAPatternThatNoCellCanMeet)
{
    const std::string text = "[cell.'web*']\nmin-cpus = 8\n";
    EXPECT_THAT(excess_of(text, 8),
                ElementsAre("f:2:1: cell.\"web*\".min-cpus: 8 and 1 for cell 0 are more CPUs than "
                            "this machine has, allowed: 0 to 7"));
    EXPECT_THAT(excess_of(text, 9), IsEmpty());
}

TEST(CellRules, ChangeTheConfiguration)
{
    EXPECT_THAT(changed_settings(Config{}, config_of("[cell.a]\nweight = 2\n")),
                ElementsAre("cell"));
}

} // namespace
} // namespace mitosis::config
