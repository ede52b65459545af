// SPDX-License-Identifier: GPL-2.0-only
#include "temporary_directory.hpp"

#include "config/command_line.hpp"
#include "daemon/application.hpp"
#include "daemon/exit_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mitosis::daemon {
namespace {

using testing::HasSubstr;

class CheckConfiguration : public testing::Test {
protected:
    /// Of files with these texts, a.toml and b.toml.
    ExitStatus check(const std::vector<std::string> &texts)
    {
        config::CommandLine line;
        line.action = config::Action::check_config;
        for (const std::string &text : texts) {
            const std::string name = line.check_files.empty() ? "a.toml" : "b.toml";
            files_.write(name, text);
            line.check_files.push_back(files_.path(name));
        }
        testing::internal::CaptureStderr();
        const ExitStatus status = check_configuration(line);
        said_ = testing::internal::GetCapturedStderr();
        return status;
    }

    sys::TemporaryDirectory files_;
    std::string said_;
};

TEST_F(CheckConfiguration, SaysNothingOfAGoodOne)
{
    EXPECT_EQ(check({"slice-us = 5000\n", "cell-parent-cgroup = '/a.slice'\n"}),
              ExitStatus::stopped);
    EXPECT_EQ(said_, "");
}

TEST_F(CheckConfiguration, NamesEveryProblemOfAWrongOne)
{
    EXPECT_EQ(check({"slice-us = 'short'\n", "\nslice-su = 5\n"}), ExitStatus::config);
    EXPECT_THAT(said_, HasSubstr("a.toml:1"));
    EXPECT_THAT(said_, HasSubstr("b.toml:2"));
}

TEST_F(CheckConfiguration, RefusesWhatDoesNotGoTogether)
{
    EXPECT_EQ(check({"cell-exclude = ['a']\n"}), ExitStatus::config);
    EXPECT_THAT(said_, HasSubstr("cell-parent-cgroup"));
}

TEST_F(CheckConfiguration, RefusesAFileThatIsMissing)
{
    config::CommandLine line;
    line.check_files = {files_.path("none.toml")};
    testing::internal::CaptureStderr();
    EXPECT_EQ(check_configuration(line), ExitStatus::config);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("none.toml"));
}

} // namespace
} // namespace mitosis::daemon
