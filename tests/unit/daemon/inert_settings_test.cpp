// SPDX-License-Identifier: GPL-2.0-only
// Every option of upstream's that means nothing here is taken, and said to do nothing.
#include "temporary_directory.hpp"

#include "config/command_line.hpp"
#include "config/settings.hpp"
#include "core/config.hpp"
#include "daemon/configuration.hpp"
#include "daemon/event_log.hpp"
#include "daemon/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <format>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::daemon {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

/// As upstream's users write it; the value is the default where there is one, which counts too.
struct Given {
    std::string_view name;
    std::vector<std::string> on_command_line;
    std::string in_file;
};

std::vector<Given> inert()
{
    return {{"verbose", {"-v"}, "verbose = 1"},
            {"verbose", {"--verbose"}, "verbose = 2"},
            {"reconfiguration-interval-s",
             {"--reconfiguration-interval-s", "10"},
             "reconfiguration-interval-s = 10"},
            {"rebalance-cpus-interval-s",
             {"--rebalance-cpus-interval-s=5"},
             "rebalance-cpus-interval-s = 5"},
            {"exiting-task-workaround",
             {"--exiting-task-workaround", "true"},
             "exiting-task-workaround = true"},
            {"exiting-task-workaround",
             {"--exiting-task-workaround=false"},
             "exiting-task-workaround = false"},
            {"cpu-controller-disabled",
             {"--cpu-controller-disabled"},
             "cpu-controller-disabled = true"}};
}

class InertSettings : public testing::Test {
protected:
    /// Warnings that a start with these files and this command line begins with.
    [[nodiscard]] std::vector<std::string> warnings(const std::vector<std::string> &arguments) const
    {
        const auto line = config::parse_command_line(arguments, {});
        EXPECT_TRUE(line) << line.error_or("");
        const auto configuration = load_configuration(*line, {files_.path()}, 8);
        EXPECT_TRUE(configuration);
        std::vector<std::string> messages;
        for (const LogRecord &record : to_records(*configuration))
            if (record.level == LogLevel::warn)
                messages.push_back(record.message);
        return messages;
    }

    sys::TemporaryDirectory files_;
};

TEST_F(InertSettings, AreTakenFromTheCommandLineWithAWarningEach)
{
    for (const Given &given : inert())
        EXPECT_THAT(
            warnings(given.on_command_line),
            ElementsAre(std::format("command line: {} is accepted, but does nothing", given.name)));
}

TEST_F(InertSettings, AreTakenFromAFileWithAWarningEach)
{
    for (const Given &given : inert()) {
        files_.write("mitosis.toml", "\n" + given.in_file + "\n");
        EXPECT_THAT(warnings({}),
                    ElementsAre(std::format("{}:2:1: {} is accepted, but does nothing",
                                            files_.path("mitosis.toml"), given.name)));
    }
}

TEST_F(InertSettings, AreWarnedOfWhereverTheyStand)
{
    files_.write("mitosis.toml", "verbose = 1\n");
    EXPECT_THAT(warnings({"--verbose", "--cpu-controller-disabled"}),
                UnorderedElementsAre(files_.path("mitosis.toml") +
                                         ":1:1: verbose is accepted, but does nothing",
                                     "command line: verbose is accepted, but does nothing",
                                     "command line: cpu-controller-disabled is accepted, but does "
                                     "nothing"));
}

TEST_F(InertSettings, AreAllTriedHere)
{
    std::vector<std::string_view> tried;
    for (const Given &given : inert())
        tried.push_back(given.name);
    for (const config::Setting &setting : config::settings()) {
        if (setting.effect == config::Effect::none) {
            EXPECT_THAT(tried, Contains(setting.name));
        }
    }
}

TEST_F(InertSettings, AreNotTheOthers)
{
    files_.write("mitosis.toml", "slice-us = 5000\n");
    EXPECT_THAT(warnings({"--run-id", "4711", "--enable-borrowing"}), testing::IsEmpty());
}

} // namespace
} // namespace mitosis::daemon
