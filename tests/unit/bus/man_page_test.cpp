// SPDX-License-Identifier: GPL-2.0-only
// org.scx.Mitosis(5) documents exactly what the XML has, down to the arguments, and all errors.
#include "bus/errors.hpp"
#include "support/interface_members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <format>
#include <istream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace mitosis::bus {

namespace {

constexpr std::array interface_files{"/org.scx.Mitosis.xml", "/org.scx.Mitosis.Cell.xml",
                                     "/org.scx.Mitosis.CellMetrics.xml"};

std::string page()
{
    return test::read_text(test::required_env("MITOSIS_DBUS_DIR") +
                           "/../man/org.scx.Mitosis.5.scd");
}

std::string shipped(const std::string &file)
{
    return test::read_text(test::required_env("MITOSIS_DBUS_DIR") + file);
}

/// What stands between the first opening bracket and the last closing one, without scdoc's escapes.
std::string in_brackets(const std::string &line)
{
    const auto begin = line.find('(') + 1;
    std::string text = line.substr(begin, line.rfind(')') - begin);
    std::erase(text, '\\');
    return text;
}

/// "org.scx.Mitosis.Cell property Cpus: au, signalled", "org.scx.Mitosis method Reload: out t
/// generation, out as changed": what the page says of each member.
std::set<std::string> members_of_page()
{
    const std::map<std::string, std::string> kinds{
        {"## Properties", "property"}, {"## Methods", "method"}, {"## Signals", "signal"}};
    std::set<std::string> members;
    std::istringstream lines(page());
    std::string interface;
    std::string kind;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# "))
            interface = line.starts_with("# INTERFACE ") ? line.substr(12) : "";
        else if (const auto section = kinds.find(line); section != kinds.end())
            kind = section->second;
        else if (!interface.empty() && line.starts_with('*'))
            members.insert(std::format("{} {} {}: {}", interface, kind,
                                       line.substr(1, line.find('*', 1) - 1), in_brackets(line)));
    }
    return members;
}

/// Of "au read true".
std::string property_in_words(std::istream &words)
{
    const std::map<std::string, std::string> modes{{"const", "constant"},
                                                   {"true", "signalled"},
                                                   {"invalidates", "signalled without the value"},
                                                   {"false", "not signalled"}};
    std::string type;
    std::string access;
    std::string mode;
    words >> type >> access >> mode;
    return type + ", " + modes.at(mode);
}

/// Of "options:a{sv} -> generation:t"; what a signal has has no direction.
std::string arguments_in_words(std::istream &words, const std::string &kind)
{
    std::string text;
    std::string direction = "in ";
    for (std::string word; words >> word;) {
        if (word == "->") {
            direction = "out ";
            continue;
        }
        const auto colon = word.find(':');
        text +=
            std::format("{}{}{} {}", text.empty() ? "" : ", ", kind == "method" ? direction : "",
                        word.substr(colon + 1), word.substr(0, colon));
        direction = "in ";
    }
    return text;
}

/// The same of the XML files.
std::set<std::string> members_of_xml()
{
    std::set<std::string> members;
    for (const char *file : interface_files)
        for (const std::string &line : test::interface_members(shipped(file))) {
            std::istringstream words(line);
            std::string interface;
            std::string kind;
            std::string name;
            words >> interface >> kind >> name;
            members.insert(std::format("{} {} {}: {}", interface, kind, name,
                                       kind == "property" ? property_in_words(words)
                                                          : arguments_in_words(words, kind)));
        }
    return members;
}

TEST(ManPage, DescribesExactlyTheMembersOfTheXml)
{
    EXPECT_EQ(members_of_page(), members_of_xml());
}

TEST(ManPage, ListsExactlyTheErrorsThatThereAre)
{
    const std::string text = page();
    const auto begin = text.find("\n# ERRORS\n");
    std::istringstream lines(text.substr(begin, text.find("\n# EXAMPLES\n") - begin));
    std::set<std::string> listed;
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with('*') && line.ends_with('*'))
            listed.insert(line.substr(1, line.size() - 2));
    const auto errors = own_errors();
    EXPECT_EQ(listed, std::set<std::string>(errors.begin(), errors.end()));
}

/// The members in front of which there is no comment.
std::vector<std::string> uncommented(const std::string &xml)
{
    std::vector<std::string> names;
    for (const char *tag : {"<property name=\"", "<method name=\"", "<signal name=\""})
        for (auto at = xml.find(tag); at != std::string::npos; at = xml.find(tag, at + 1)) {
            const auto last = xml.find_last_not_of(" \n", at - 1);
            if (!xml.substr(0, last + 1).ends_with("-->"))
                names.push_back(xml.substr(at, xml.find('>', at) - at));
        }
    return names;
}

TEST(Xml, HasACommentForEveryMember)
{
    for (const char *file : interface_files)
        EXPECT_THAT(uncommented(shipped(file)), testing::IsEmpty()) << file;
    EXPECT_THAT(uncommented("<!-- a --> <method name=\"A\"></method><signal name=\"B\"/>"),
                testing::ElementsAre("<signal name=\"B\"/"));
}

/// As the XML files have it: "org.scx.Mitosis method Rebalance a{sv}" with the types that go in,
/// and "org.scx.Mitosis.Cell property Cpus".
std::set<std::string> callable_members()
{
    std::set<std::string> members;
    for (const char *file : interface_files)
        for (const std::string &line : test::interface_members(shipped(file))) {
            std::istringstream words(line.substr(0, line.find(" -> ")));
            std::string interface;
            std::string kind;
            std::string name;
            words >> interface >> kind >> name;
            std::string types; // of "options:a{sv}"
            for (std::string argument; kind == "method" && words >> argument;)
                types += argument.substr(argument.find(':') + 1);
            members.insert(
                std::format("{} {} {}{}", interface, kind, name, types.empty() ? "" : " " + types));
        }
    return members;
}

/// The same of the calls of busctl in the page.
std::vector<std::string> called_members(const std::string &text)
{
    std::vector<std::string> members;
    std::istringstream lines(text.substr(text.find("# EXAMPLES")));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string program;
        std::string verb;
        std::string name;
        std::string path;
        std::string interface;
        std::string member;
        std::string types;
        words >> program >> verb >> name >> path >> interface >> member >> types;
        if (program == "busctl")
            members.push_back(std::format("{} {} {}{}", interface,
                                          verb == "call" ? "method" : "property", member,
                                          types.empty() ? "" : " " + types));
    }
    return members;
}

TEST(ManPage, CallsInItsExamplesOnlyWhatTheXmlHas)
{
    const auto in_examples = called_members(page());
    EXPECT_EQ(in_examples.size(), 6U);
    EXPECT_THAT(callable_members(), testing::IsSupersetOf(in_examples));
}

} // namespace

} // namespace mitosis::bus
