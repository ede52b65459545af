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

TEST(CellRules, ShowTheSumThatAMachineCannotGive)
{
    const Config config = config_of("cell0-min-cpus = 2\n[cell.a]\nmin-cpus = 4\n[cell.'*']\n"
                                    "min-cpus = 1\n[cell.b]\nweight = 2\n");
    EXPECT_THAT(find_excess(config, 7), IsEmpty());
    EXPECT_THAT(find_excess(config, 6),
                ElementsAre("the minima of the cells are 2 for cell 0 + 4 for a + 1 for b = 7 "
                            "CPUs, but this machine has 6"));
}

TEST(CellRules, RefuseAPatternThatNoCellCanMeet)
{
    const Config config = config_of("[cell.'web*']\nmin-cpus = 8\n");
    EXPECT_THAT(find_excess(config, 8), ElementsAre(testing::HasSubstr("8 and 1 for cell 0")));
    EXPECT_THAT(find_excess(config, 9), IsEmpty());
}

TEST(CellRules, ChangeTheConfiguration)
{
    EXPECT_THAT(changed_settings(Config{}, config_of("[cell.a]\nweight = 2\n")),
                ElementsAre("cell"));
}

} // namespace
} // namespace mitosis::config
