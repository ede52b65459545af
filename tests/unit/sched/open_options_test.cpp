// SPDX-License-Identifier: GPL-2.0-only
#include "temporary_directory.hpp"

#include "core/config.hpp"
#include "core/error.hpp"
#include "core/refusal.hpp"
#include "sched/object.hpp"
#include "sched/open_options.hpp"

#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <climits>
#include <optional>
#include <string>
#include <system_error>

namespace mitosis::sched {
namespace {

TEST(OpenOptions, LeaveToLibbpfWhatIsNotSet)
{
    const auto options = OpenOptions::read({});
    ASSERT_TRUE(options.has_value());
    const bpf_object_open_opts given = options->get();
    EXPECT_EQ(given.sz, sizeof(given));
    EXPECT_FALSE(given.relaxed_maps);
    EXPECT_EQ(given.pin_root_path, nullptr);
    EXPECT_EQ(given.kconfig, nullptr);
    EXPECT_EQ(given.btf_custom_path, nullptr);
    EXPECT_EQ(given.bpf_token_path, nullptr);
}

TEST(OpenOptions, HoldWhatIsSetAndTheTextOfTheKconfigFile)
{
    const sys::TemporaryDirectory files;
    files.write("kconfig", "CONFIG_HZ=250\n");
    files.write("btf", "");
    const auto options = OpenOptions::read({.relaxed_maps = true,
                                            .pin_root_path = "/sys/fs/bpf/mitosis",
                                            .kconfig = files.path("kconfig"),
                                            .btf_custom_path = files.path("btf"),
                                            .bpf_token_path = ""});
    ASSERT_TRUE(options.has_value()) << to_string(options.error());
    const bpf_object_open_opts given = options->get();
    EXPECT_TRUE(given.relaxed_maps);
    EXPECT_STREQ(given.pin_root_path, "/sys/fs/bpf/mitosis");
    EXPECT_STREQ(given.kconfig, "CONFIG_HZ=250\n");
    EXPECT_STREQ(given.btf_custom_path, files.path("btf").c_str());
    EXPECT_STREQ(given.bpf_token_path, "");
}

void expect_refused(const LibbpfOptions &settings, const std::string &sentence)
{
    const auto options = OpenOptions::read(settings);
    ASSERT_FALSE(options.has_value());
    EXPECT_EQ(options.error().code, make_error_code(Refusal::invalid_setting));
    EXPECT_EQ(options.error().context, sentence);
}

TEST(OpenOptions, AreRefusedWithAFileThatCannotBeRead)
{
    const sys::TemporaryDirectory files;
    const std::string path = files.path("none");
    LibbpfOptions settings;
    settings.kconfig = path;
    expect_refused(settings, "kconfig: cannot read " + path + ": No such file or directory");
    settings = {};
    settings.btf_custom_path = path;
    expect_refused(settings,
                   "btf-custom-path: cannot read " + path + ": No such file or directory");
}

TEST(OpenObject, OpensTheSchedulerWithoutAPrivilege)
{
    const auto object = open_object({});
    ASSERT_TRUE(object.has_value()) << to_string(object.error());
}

TEST(OpenObject, PassesItsOptionsOn)
{
    LibbpfOptions settings;
    settings.bpf_token_path = std::string(PATH_MAX, 'x'); // libbpf takes a shorter one only
    const auto object = open_object(settings);
    ASSERT_FALSE(object.has_value());
    EXPECT_EQ(object.error().code, std::errc::filename_too_long);
    settings = {};
    settings.kconfig = "/nowhere/kconfig";
    EXPECT_EQ(open_object(settings).error().code, make_error_code(Refusal::invalid_setting));
}

} // namespace
} // namespace mitosis::sched
