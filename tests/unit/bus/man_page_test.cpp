// SPDX-License-Identifier: GPL-2.0-only
// org.scx.Mitosis(5) documents exactly what the XML has.
#include "support/interface_members.hpp"

#include <gtest/gtest.h>

#include <format>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

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

} // namespace

} // namespace mitosis::bus
