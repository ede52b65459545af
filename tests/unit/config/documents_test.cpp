// SPDX-License-Identifier: GPL-2.0-only
// What is written about the settings follows the table: the sample file word for word, the man page
// in what it says of each.
#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "config/toml_file.hpp"
#include "core/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
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

/// As comment lines of at most 80 columns.
std::string as_comment(const std::string &text)
{
    constexpr std::size_t columns = 80;
    std::istringstream words(text);
    std::string comment;
    std::string line = "#";
    for (std::string word; words >> word;) {
        if (line.size() + 1 + word.size() > columns) {
            comment += line + "\n";
            line = "#";
        }
        line += " " + word;
    }
    return comment + line + "\n";
}

/// Unset has no form in TOML, so its line shows an example.
std::string default_of(const Setting &setting)
{
    return setting.name == "cell-parent-cgroup" ? to_toml(std::string("/work.slice"))
                                                : to_toml(setting.load(Config{}));
}

std::string expected_sample()
{
    std::string text =
        "# SPDX-License-Identifier: GPL-2.0-only\n"
        "# Settings of scx-mitosis, see mitosis.toml(5). Every line shows a default.\n";
    for (const Setting &setting : settings()) {
        text += "\n" + as_comment(std::string(setting.doc));
        text += as_comment("Allowed: " + allowed_values(setting) + ".");
        text += as_comment("A change counts " + to_string(setting.effect) + ".");
        text += "#" + std::string(setting.name) + " = " + default_of(setting) + "\n";
    }
    return text;
}

/// One space between words, and nothing of scdoc's own signs.
std::string words_of(const std::string &text)
{
    const std::string plain = std::regex_replace(text, std::regex(R"([*_\\])"), "");
    return std::regex_replace(plain, std::regex("[[:space:]]+"), " ");
}

TEST(SampleFile, FollowsTheTable)
{
    EXPECT_EQ(read_file(SAMPLE_FILE), expected_sample());
}

TEST(SampleFile, SetsNothing)
{
    const Document document = parse_toml(read_file(SAMPLE_FILE), "sample");
    EXPECT_THAT(document.settings, testing::IsEmpty());
    EXPECT_THAT(document.problems, testing::IsEmpty());
}

TEST(SampleFile, IsValidWithEverySettingUncommented)
{
    const std::string text =
        std::regex_replace(read_file(SAMPLE_FILE), std::regex("(^|\n)#([a-z])"), "$1$2");
    const Document document = parse_toml(text, "sample");
    EXPECT_THAT(document.settings, testing::SizeIs(settings().size()));
    EXPECT_TRUE(merge(std::vector{document}));
}

TEST(ManPage, SaysWhatTheTableSays)
{
    const std::string source = read_file(MAN_PAGE);
    const std::string words = words_of(source);
    for (const Setting &setting : settings()) {
        EXPECT_THAT(source, testing::HasSubstr("*" + std::string(setting.name) + "*"));
        EXPECT_THAT(words, testing::HasSubstr(words_of(std::string(setting.doc))));
        EXPECT_THAT(words, testing::HasSubstr(words_of("Allowed: " + allowed_values(setting))));
        EXPECT_THAT(words,
                    testing::HasSubstr("A change counts " + to_string(setting.effect) + "."));
    }
}

} // namespace
} // namespace mitosis::config
