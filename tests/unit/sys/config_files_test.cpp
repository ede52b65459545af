// SPDX-License-Identifier: GPL-2.0-only
#include "temporary_directory.hpp"

#include "core/error.hpp"
#include "sys/config_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mitosis::sys {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ConfigFiles : public testing::Test {
protected:
    /// The texts found, strongest directory first: etc, run, lib.
    std::vector<std::string> texts()
    {
        const std::vector<std::string> directories{root_.path("etc"), root_.path("run"),
                                                   root_.path("lib")};
        const auto files = read_config_files(directories);
        EXPECT_TRUE(files) << to_string(files.error());
        std::vector<std::string> texts;
        for (const ConfigFile &file : *files)
            texts.push_back(file.text);
        return texts;
    }

    TemporaryDirectory root_;
};

TEST_F(ConfigFiles, MayBeAbsent)
{
    EXPECT_THAT(texts(), IsEmpty());
}

TEST_F(ConfigFiles, TakeTheStrongestMainFileAlone)
{
    root_.write("run/mitosis.toml", "run");
    root_.write("lib/mitosis.toml", "lib");
    EXPECT_THAT(texts(), ElementsAre("run"));
}

TEST_F(ConfigFiles, PutDropInsAfterTheMainFileByName)
{
    root_.write("etc/mitosis.toml", "main");
    root_.write("etc/mitosis.toml.d/20-b.toml", "b");
    root_.write("lib/mitosis.toml.d/10-a.toml", "a");
    root_.write("run/mitosis.toml.d/30-c.toml", "c");
    EXPECT_THAT(texts(), ElementsAre("main", "a", "b", "c"));
}

TEST_F(ConfigFiles, TakeTheStrongestDropInOfAName)
{
    root_.write("etc/mitosis.toml.d/a.toml", "etc");
    root_.write("lib/mitosis.toml.d/a.toml", "lib");
    EXPECT_THAT(texts(), ElementsAre("etc"));
}

TEST_F(ConfigFiles, IgnoreOtherNames)
{
    root_.write("etc/mitosis.toml.d/a.toml~", "x");
    root_.write("etc/mitosis.toml.d/README", "x");
    EXPECT_THAT(texts(), IsEmpty());
}

TEST_F(ConfigFiles, AreMaskedByALinkToNull)
{
    root_.link("etc/mitosis.toml", "/dev/null");
    root_.write("lib/mitosis.toml", "lib");
    root_.link("run/mitosis.toml.d/a.toml", "/dev/null");
    root_.write("lib/mitosis.toml.d/a.toml", "a");
    EXPECT_THAT(texts(), IsEmpty());
}

TEST_F(ConfigFiles, AreNotLeftOutWhenUnreadable)
{
    root_.make_directory("etc/mitosis.toml"); // reading it gives EISDIR
    EXPECT_FALSE(read_config_files(std::vector{root_.path("etc")}));
}

TEST_F(ConfigFiles, MustExistWhenNamed)
{
    root_.write("a.toml", "a");
    EXPECT_EQ(*read_named_config_files(std::vector{root_.path("a.toml")}),
              (std::vector{ConfigFile{root_.path("a.toml"), "a"}}));
    EXPECT_FALSE(read_named_config_files(std::vector{root_.path("b.toml")}));
}

} // namespace
} // namespace mitosis::sys
