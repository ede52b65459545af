// SPDX-License-Identifier: GPL-2.0-only
// The examples of scx-mitosis(8) and mitosis.toml(5) are understood.
#include "config/command_line.hpp"
#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "config/toml_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <ranges>
#include <regex>
#include <string>
#include <vector>

namespace mitosis::config {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

/// What stands between the fences of EXAMPLES, example by example.
std::vector<std::string> examples(const std::string &page)
{
    std::ifstream file(page);
    EXPECT_TRUE(file) << page;
    std::vector<std::string> found;
    bool in_examples = false;
    bool in_fence = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("# ") && !in_fence)
            in_examples = line == "# EXAMPLES";
        if (!in_examples)
            continue;
        if (line == "```") {
            in_fence = !in_fence;
            if (in_fence)
                found.emplace_back();
        } else if (in_fence) {
            found.back() += line + "\n";
        }
    }
    return found;
}

void expect_valid(const std::string &toml)
{
    const Document document = parse_toml(toml, "example");
    EXPECT_THAT(document.problems, IsEmpty()) << toml;
    EXPECT_TRUE(merge(std::vector{document})) << toml;
}

/// The matches of the pattern's first group in all commands, which stand behind "# ".
std::vector<std::string> in_commands(const std::string &pattern)
{
    std::vector<std::string> found;
    for (const std::string &example : examples(PROGRAM_MAN_PAGE)) {
        const std::regex command("# " + pattern + "\n");
        for (std::sregex_iterator match(example.begin(), example.end(), command), end; match != end;
             ++match)
            found.push_back((*match)[1]);
    }
    return found;
}

TEST(ExamplesOfTheFilesManPage, AreValidFiles)
{
    const auto found = examples(MAN_PAGE);
    ASSERT_THAT(found, SizeIs(2));
    for (const std::string &example : found)
        expect_valid(example);
}

TEST(ExamplesOfTheProgramsManPage, WriteValidFiles)
{
    const auto found = in_commands("echo '(.*)' > /etc/scx-mitosis/mitosis\\.toml\\.d/\\w+\\.toml");
    ASSERT_THAT(found, SizeIs(1));
    expect_valid(found.front());
}

TEST(ExamplesOfTheProgramsManPage, CallItWithValidOptions)
{
    const auto found = in_commands("scx-mitosis (.*)");
    ASSERT_THAT(found, SizeIs(1));
    const auto words =
        found.front() | std::views::split(' ') | std::ranges::to<std::vector<std::string>>();
    const auto line = parse_command_line(words, {});
    ASSERT_TRUE(line) << line.error();
    EXPECT_THAT(line->settings, SizeIs(2));
}

TEST(ExamplesOfTheProgramsManPage, HoldNoOtherCommands)
{
    const std::size_t all = in_commands("(.*)").size();
    const std::size_t known = in_commands("((echo|scx-mitosis|systemctl start scx-mitosis|"
                                          "systemd-run|mitosisctl cells|journalctl -u).*)")
                                  .size();
    EXPECT_EQ(all, 6U);
    EXPECT_EQ(known, all);
}

} // namespace
} // namespace mitosis::config
