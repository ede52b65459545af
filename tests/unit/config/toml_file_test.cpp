// SPDX-License-Identifier: GPL-2.0-only
#include "config/raw_setting.hpp"
#include "config/toml_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace mitosis::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> problems_of(const std::string &text)
{
    std::vector<std::string> texts;
    for (const Problem &problem : parse_toml(text, "f").problems)
        texts.push_back(to_string(problem));
    return texts;
}

TEST(ParseToml, FindsNothingInCommentsAlone)
{
    const Document document = parse_toml("# slice-us = 1\n\n", "f");
    EXPECT_THAT(document.settings, IsEmpty());
    EXPECT_THAT(document.problems, IsEmpty());
}

TEST(ParseToml, RemembersWhereAValueStands)
{
    const Document document = parse_toml("\n  slice-us = 5000\n", "/etc/m.toml");
    EXPECT_THAT(document.settings,
                ElementsAre(RawSetting{"slice-us", std::int64_t{5000}, {"/etc/m.toml", 2, 3}}));
}

TEST(ParseToml, KeepsTheOrderOfTheText)
{
    const Document document = parse_toml("slice-us = 500\ncell-exclude = ['b', 'a']\n", "f");
    EXPECT_THAT(
        document.settings,
        ElementsAre(RawSetting{"slice-us", std::int64_t{500}, {"f", 1, 1}},
                    RawSetting{"cell-exclude", std::vector<std::string>{"b", "a"}, {"f", 2, 1}}));
}

TEST(ParseToml, NamesTheNearestKnownKey)
{
    EXPECT_THAT(problems_of("slice-ms = 5\n"),
                ElementsAre("f:1:1: slice-ms: no such setting; the nearest setting is slice-us"));
}

TEST(ParseToml, ReportsEveryProblemOfAFile)
{
    EXPECT_THAT(problems_of("b = 1\nslice-us = 500\na = 2\n"),
                ElementsAre(testing::StartsWith("f:1:1: b"), testing::StartsWith("f:3:1: a")));
}

TEST(ParseToml, RefusesATable)
{
    EXPECT_THAT(problems_of("[slice-us]\nx = 1\n"),
                ElementsAre("f:1:2: slice-us: a value of the wrong kind, allowed: 100 to 1000000 "
                            "microseconds"));
}

TEST(ParseToml, RefusesDottedKeys)
{
    EXPECT_THAT(problems_of("slice.us = 500\n"),
                ElementsAre("f:1:1: slice: no such table; the nearest setting is slice-us"));
}

TEST(ParseToml, ReadsRulesOfCells)
{
    const Document document = parse_toml("[cell.\"web*\"]\nmin-cpus = 2\nborrow = false\n", "f");
    EXPECT_THAT(document.problems, IsEmpty());
    EXPECT_THAT(document.cells,
                ElementsAre(RawCellSetting{"web*", {"min-cpus", std::int64_t{2}, {"f", 2, 1}}},
                            RawCellSetting{"web*", {"borrow", false, {"f", 3, 1}}}));
}

TEST(ParseToml, NamesTheNearestKeyOfACell)
{
    EXPECT_THAT(problems_of("[cell.a]\nmin-cpu = 2\n"),
                ElementsAre("f:2:1: cell.\"a\".min-cpu: no such setting; the nearest setting is "
                            "min-cpus"));
}

TEST(ParseToml, RefusesRulesOfWhatIsNoName)
{
    EXPECT_THAT(problems_of("[cell.\"a/b\"]\nweight = 1\n"),
                ElementsAre(testing::HasSubstr("is a path, not the name of a child")));
    EXPECT_THAT(problems_of("[cell.\"/\"]\nweight = 1\n"), IsEmpty());
}

TEST(ParseToml, RefusesACellThatIsNoTable)
{
    EXPECT_THAT(problems_of("cell = 1\n"),
                ElementsAre("f:1:1: cell: a value of the wrong kind, allowed: tables "
                            "[cell.\"NAME\"]"));
    EXPECT_THAT(problems_of("cell.a = 1\n"),
                ElementsAre(testing::HasSubstr("not a table of settings")));
    EXPECT_THAT(problems_of("[cell.a.b]\n"), ElementsAre(testing::HasSubstr("no such setting")));
}

TEST(ParseToml, RefusesAListOfNumbers)
{
    EXPECT_THAT(problems_of("cell-exclude = [1]\n"),
                ElementsAre(testing::HasSubstr("a value of the wrong kind")));
}

TEST(ParseToml, RefusesADate)
{
    EXPECT_THAT(problems_of("log-level = 2026-01-01\n"),
                ElementsAre(testing::HasSubstr("a value of the wrong kind")));
}

TEST(ParseToml, SaysWhereTheTextStopsBeingToml)
{
    EXPECT_THAT(problems_of("slice-us = 500\nslice-us ==\n"),
                ElementsAre(testing::StartsWith("f:2:")));
}

TEST(ParseToml, RefusesAKeyGivenTwice)
{
    EXPECT_THAT(problems_of("slice-us = 500\nslice-us = 600\n"),
                ElementsAre(testing::StartsWith("f:2:")));
}

TEST(ParseToml, RefusesBytesThatAreNotUtf8)
{
    EXPECT_THAT(problems_of("log-level = \"\xff\"\n"), ElementsAre(testing::StartsWith("f:1:")));
}

TEST(ParseToml, RefusesAZeroByte)
{
    EXPECT_THAT(problems_of(std::string("slice-us = 5\0", 13)), testing::SizeIs(1));
}

} // namespace
} // namespace mitosis::config
