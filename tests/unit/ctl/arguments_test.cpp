// SPDX-License-Identifier: GPL-2.0-only
// The command line, and that the manual page and the completions know all of it.
#include "ctl/arguments.hpp"
#include "ctl/client.hpp"
#include "ctl/commands.hpp"
#include "ctl/failure.hpp"
#include "ctl/settings_text.hpp"
#include "ctl/snapshot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <expected>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::ctl {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::expected<Options, int> parse(std::vector<const char *> words)
{
    words.insert(words.begin(), "mitosisctl");
    return parse_arguments(static_cast<int>(words.size()), words.data(), "1.2.3");
}

std::string read(const std::string &path)
{
    std::ifstream file(path);
    EXPECT_TRUE(file) << path;
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

TEST(Arguments, AreTheStatusWhenThereAreNone)
{
    const auto none = parse({}).value();
    EXPECT_EQ(none.command, Command::status);
    EXPECT_TRUE(none.asks_password);
}

TEST(Arguments, MayForbidToAskForAPasswordBeforeAndAfterTheCommand)
{
    EXPECT_FALSE(parse({"--no-ask-password", "reload"}).value().asks_password);
    EXPECT_FALSE(parse({"reload", "--no-ask-password"}).value().asks_password);
}

TEST(Arguments, AreParsed)
{
    const auto set = parse({"set", "a=1", "b=2", "--dry-run", "--if-generation", "7"}).value();
    EXPECT_EQ(set.command, Command::set);
    EXPECT_THAT(set.words, ElementsAre("a=1", "b=2"));
    EXPECT_EQ(set.dry_run, DryRun::yes);
    EXPECT_EQ(set.if_generation, 7U);
    EXPECT_EQ(set.reattach, Reattach::refused);
    const auto top = parse({"top", "-b", "-n", "3", "-d", "0.5"}).value();
    EXPECT_TRUE(top.is_batch);
    EXPECT_EQ(top.count, 3U);
    EXPECT_EQ(top.interval_s, 0.5);
    EXPECT_EQ(parse({"metrics", "--format", "json"}).value().output, Output::json);
    EXPECT_EQ(parse({"config", "--diff"}).value().config_view, ConfigView::diff);
    EXPECT_TRUE(parse({"monitor", "--statistics", "2"}).value().wants_upstream_format);
}

TEST(Arguments, AreRefusedWithTwo)
{
    for (const auto &words :
         std::vector<std::vector<const char *>>{{"stauts"},
                                                {"cell"},
                                                {"set"},
                                                {"top", "-d", "0"},
                                                {"metrics", "--format", "xml"},
                                                {"status", "--dry-run"},
                                                {"monitor", "--statistics", "nan"}})
        EXPECT_EQ(parse(words).error(), 2);
    EXPECT_EQ(parse({"--help"}).error(), 0);
    EXPECT_EQ(parse({"--version"}).error(), 0);
}

TEST(Arguments, AreAllInTheManualPage)
{
    const std::string page = std::regex_replace(read(MITOSISCTL_PAGE), std::regex("[*_]"), "");
    for (const std::string &words : all_arguments()) {
        const std::string command = words.substr(0, words.find(' '));
        std::smatch paragraph;
        // The line of the command, as in "top [-b|--batch] ...".
        ASSERT_TRUE(std::regex_search(page, paragraph, std::regex("\n" + command + "( [^\n]*)?\n")))
            << command;
        const std::string option = words.substr(words.rfind(' ') + 1);
        if (option != command && option != "--help") {
            EXPECT_THAT(paragraph.str(), HasSubstr(option)) << words;
        }
    }
}

TEST(Arguments, AreAllCompleted)
{
    for (const char *shell : {"mitosisctl.bash", "_mitosisctl", "mitosisctl.fish"}) {
        const std::string text = read(std::string(COMPLETIONS) + "/" + shell);
        for (const std::string &words : all_arguments()) {
            std::string word = words.substr(words.rfind(' ') + 1);
            if (word.starts_with("--") && std::string(shell).ends_with(".fish"))
                word = "-l " + word.substr(2);
            EXPECT_THAT(text, HasSubstr(word)) << shell << ": " << words;
        }
    }
}

TEST(Settings, GetTheTypeThatTheyHave)
{
    const ConfigMap known{{"flag", false},
                          {"count", std::uint64_t{5}},
                          {"real", 0.5},
                          {"text", std::string("a")},
                          {"list", std::vector<std::string>{}}};
    const std::vector<std::string> words{"flag=true", "count=7",  "real=2",
                                         "text=x=y",  "list=a,b", "new=1"};
    const ConfigMap parsed = parse_assignments(words, known).value();
    EXPECT_EQ(parsed.at("flag"), ConfigValue(true));
    EXPECT_EQ(parsed.at("count"), ConfigValue(std::uint64_t{7}));
    EXPECT_EQ(parsed.at("real"), ConfigValue(2.0));
    EXPECT_EQ(parsed.at("text"), ConfigValue(std::string("x=y")));
    EXPECT_EQ(parsed.at("list"), ConfigValue(std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(parsed.at("new"), ConfigValue(std::string("1")));
}

TEST(Settings, ThatAreNoAssignmentAreWrongUsage)
{
    for (const std::vector<std::string> &words :
         {std::vector<std::string>{"slice-us"}, {"=5"}, {"a=1", "a=2"}})
        EXPECT_EQ(parse_assignments(words, {}).error().status, ExitStatus::usage);
}

TEST(Settings, AreShownAsInTheFile)
{
    EXPECT_EQ(to_toml(true), "true");
    EXPECT_EQ(to_toml(std::uint64_t{5}), "5");
    EXPECT_EQ(to_toml(2.0), "2.0");
    EXPECT_EQ(to_toml(0.3), "0.3");
    EXPECT_EQ(to_toml(std::string("a\"b")), R"("a\"b")");
    EXPECT_EQ(to_toml(std::vector<std::string>{"a", "b"}), R"(["a", "b"])");
}

} // namespace

} // namespace mitosis::ctl
