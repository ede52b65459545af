// SPDX-License-Identifier: GPL-2.0-only
// org.scx.Mitosis(5) documents exactly what the XML has.
#include "support/interface_members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <format>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::bus {

namespace {

/// The first word of what stands between the brackets of "*Cpus* (au, signalled)".
std::string type_of(std::string_view line)
{
    const auto begin = line.find("* (");
    return begin == std::string_view::npos
               ? ""
               : std::string(line.substr(begin + 3, line.find(", ", begin) - begin - 3));
}

/// "org.scx.Mitosis.Cell Cpus au" and "org.scx.Mitosis Reload": what the page describes.
std::set<std::string> members_of_page(const std::string &page)
{
    std::set<std::string> members;
    std::istringstream lines(page);
    std::string interface;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# "))
            interface = line.starts_with("# INTERFACE ") ? line.substr(12) : "";
        else if (!interface.empty() && line.starts_with('*'))
            members.insert(interface + " " + line.substr(1, line.find('*', 1) - 1) + " " +
                           type_of(line));
    }
    return members;
}

/// The same of an XML file, from "org.scx.Mitosis.Cell property Cpus au read true".
std::set<std::string> members_of_xml(const std::string &file)
{
    std::set<std::string> members;
    for (const std::string &line :
         test::interface_members(test::read_text(test::required_env("MITOSIS_DBUS_DIR") + file))) {
        std::istringstream words(line);
        std::string interface;
        std::string kind;
        std::string name;
        std::string type;
        words >> interface >> kind >> name >> type;
        if (kind != "property")
            type.clear();
        members.insert(std::format("{} {} {}", interface, name, type));
    }
    return members;
}

TEST(ManPage, DescribesExactlyTheMembersOfTheXml)
{
    auto in_xml = members_of_xml("/org.scx.Mitosis.xml");
    in_xml.merge(members_of_xml("/org.scx.Mitosis.Cell.xml"));
    in_xml.merge(members_of_xml("/org.scx.Mitosis.CellMetrics.xml"));
    const auto page =
        test::read_text(test::required_env("MITOSIS_DBUS_DIR") + "/../man/org.scx.Mitosis.5.scd");
    EXPECT_EQ(members_of_page(page), in_xml);
}

/// As the XML files have it: "org.scx.Mitosis method Rebalance a{sv}" with the types that go in,
/// and "org.scx.Mitosis.Cell property Cpus".
std::set<std::string> callable_members()
{
    std::set<std::string> members;
    for (const char *file :
         {"/org.scx.Mitosis.xml", "/org.scx.Mitosis.Cell.xml", "/org.scx.Mitosis.CellMetrics.xml"})
        for (const std::string &line : test::interface_members(
                 test::read_text(test::required_env("MITOSIS_DBUS_DIR") + file))) {
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
std::vector<std::string> called_members(const std::string &page)
{
    std::vector<std::string> members;
    std::istringstream lines(page.substr(page.find("# EXAMPLES")));
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
    const auto page =
        test::read_text(test::required_env("MITOSIS_DBUS_DIR") + "/../man/org.scx.Mitosis.5.scd");
    const auto in_examples = called_members(page);
    EXPECT_EQ(in_examples.size(), 6U);
    EXPECT_THAT(callable_members(), testing::IsSupersetOf(in_examples));
}

} // namespace

} // namespace mitosis::bus
