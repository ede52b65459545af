// SPDX-License-Identifier: GPL-2.0-only
// What is written about the settings follows the table, word for word. After a change of the table
// settings-documents writes the new text.
#include "documents.hpp"

#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "config/toml_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace mitosis::config {
namespace {

std::string read_file(const std::string &path)
{
    std::ifstream file(path);
    EXPECT_TRUE(file) << path;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST(SampleFile, FollowsTheTable)
{
    EXPECT_EQ(read_file(SAMPLE_FILE), sample_file());
}

TEST(SampleFile, SetsNothing)
{
    const Document document = parse_toml(read_file(SAMPLE_FILE), "sample");
    EXPECT_THAT(document.settings, testing::IsEmpty());
    EXPECT_THAT(document.cells, testing::IsEmpty());
    EXPECT_THAT(document.problems, testing::IsEmpty());
}

TEST(SampleFile, IsValidWithEverySettingUncommented)
{
    const std::string text =
        std::regex_replace(read_file(SAMPLE_FILE), std::regex(R"((^|\n)#([a-z[]))"), "$1$2");
    const Document document = parse_toml(text, "sample");
    EXPECT_THAT(document.settings, testing::SizeIs(settings().size()));
    EXPECT_THAT(document.cells, testing::SizeIs(cell_rule_settings().size()));
    EXPECT_TRUE(merge(std::vector{document}));
}

TEST(ManPage, HoldsTheTable)
{
    EXPECT_THAT(read_file(MAN_PAGE), testing::HasSubstr(man_settings()));
    EXPECT_THAT(read_file(MAN_PAGE), testing::HasSubstr(man_cell_settings()));
}

TEST(ProgramsManPage, NamesEveryOption)
{
    EXPECT_THAT(read_file(PROGRAM_MAN_PAGE), testing::HasSubstr(man_options()));
}

} // namespace
} // namespace mitosis::config
