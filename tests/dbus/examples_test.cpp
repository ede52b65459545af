// SPDX-License-Identifier: GPL-2.0-only
// The examples of mitosisctl(1) and org.scx.Mitosis(5), taken from the pages, do what these say.
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"
#include "dbus/worlds.hpp"

#include "core/setting_value.hpp"
#include "core/status.hpp"
#include "support/interface_members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::test {

namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;

/// The commands of the page's EXAMPLES, as a shell gets them; one may have several lines.
std::vector<std::string> examples(const char *page)
{
    const std::string text = read_text(required_env(page));
    std::istringstream lines(text.substr(text.find("\n# EXAMPLES")));
    std::vector<std::string> commands;
    bool is_inside = false;
    for (std::string line; std::getline(lines, line);) {
        const bool is_command = line.starts_with('\t');
        if (is_command && is_inside)
            commands.back() += "\n" + line.substr(1);
        else if (is_command)
            commands.push_back(line.substr(1));
        is_inside = is_command;
    }
    return commands;
}

struct Examples : ::testing::Test {
    Examples()
    {
        Status status = running_status({"0-3", "4-7"});
        status.cells[1].cell.path = "/work.slice/web.service";
        status.cells[1].utilization = 0.75;
        auto facts = running_facts();
        facts.config["monitor-interval-s"] = 1.0;
        service.set_facts(std::move(facts));
        service.publish(status);
    }
    /// jq only has to get JSON.
    [[nodiscard]] ProgramResult run_in_shell(const std::string &command) const
    {
        return run(
            bus,
            {"bash", "-c",
             "jq() { python3 -c 'import json, sys; json.load(sys.stdin)'; }; set -o pipefail; " +
                 command});
    }
    /// What the one example prints in which the words stand.
    [[nodiscard]] std::string printed_by(const char *page, const std::string &words) const
    {
        const auto commands = examples(page);
        const auto has_words = [&](const std::string &command) { return command.contains(words); };
        EXPECT_EQ(std::ranges::count_if(commands, has_words), 1) << words;
        const auto command = std::ranges::find_if(commands, has_words);
        return command == commands.end() ? "" : run_in_shell(*command).output;
    }

    PrivateBus bus;
    ServiceThread service{bus.address()};
};

TEST_F(Examples, OfMitosisctlWork)
{
    const auto commands = examples("MITOSISCTL_PAGE");
    ASSERT_EQ(commands.size(), 13U);
    for (const std::string &command : commands) {
        const bool looks_at_the_machine =
            command.contains("verify") || command.contains("doctor"); // which is none of ours here
        const auto result = run_in_shell(command);
        EXPECT_TRUE(result.exit_status == 0 || (looks_at_the_machine && result.exit_status == 1))
            << command << ": " << result.exit_status << " " << result.errors;
    }
    ASSERT_EQ(service.control.reconfigures.size(), 2U);
    EXPECT_TRUE(service.control.reconfigures.front().dry_run);
    EXPECT_FALSE(service.control.reconfigures.back().dry_run);
    EXPECT_THAT(service.control.reconfigures.back().settings,
                ElementsAre(Pair("monitor-interval-s", SettingValue{2.0})));
    EXPECT_THAT(service.control.resets, ElementsAre(IsEmpty()));
}

TEST_F(Examples, OfAPlanExplainTheCell)
{
    EXPECT_THAT(printed_by("MITOSISCTL_PAGE", "mitosisctl plan"),
                AllOf(StartsWith("Cell 3 (c): CPUs "), HasSubstr("at least 4.\n")));
}

TEST_F(Examples, OfTheBusCallWhatThePageSays)
{
    const auto commands = examples("BUS_PAGE");
    ASSERT_EQ(commands.size(), 6U);
    for (const std::string &command : commands) {
        const auto result = run_in_shell(command);
        EXPECT_EQ(result.exit_status, 0) << command << ": " << result.errors;
    }
    ASSERT_EQ(service.control.requests.size(), 1U);
    EXPECT_TRUE(service.control.requests.front().dry_run);
    EXPECT_TRUE(service.control.requests.front().force);
    ASSERT_EQ(service.control.reconfigures.size(), 1U);
    EXPECT_THAT(service.control.reconfigures.front().settings,
                ElementsAre(Pair("enable-borrowing", SettingValue{true})));
    EXPECT_TRUE(service.control.reconfigures.front().allow_reattach);
    EXPECT_THAT(service.control.resets, ElementsAre(ElementsAre("enable-borrowing")));
}

TEST_F(Examples, OfTheBusReadWhatThePageSays)
{
    EXPECT_EQ(printed_by("BUS_PAGE", "GetCellByCGroup"), "o \"/org/scx/Mitosis/cell/1\"\n");
    EXPECT_EQ(printed_by("BUS_PAGE", "Cell Cpus"), "au 4 4 5 6 7\n");
    EXPECT_EQ(printed_by("BUS_PAGE", "CellMetrics Utilization"), "d 0.75\n");
}

} // namespace

} // namespace mitosis::test
