// SPDX-License-Identifier: GPL-2.0-only
#include "core/config.hpp"
#include "core/error.hpp"
#include "sched/handles.hpp"
#include "sched/object.hpp"
#include "sched/wire.hpp"
#include "sys/unique_fd.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <system_error>
#include <utility>

namespace mitosis::sched {
namespace {

using testing::ElementsAre;
using testing::Pair;

sys::UniqueFd open_null()
{
    return sys::UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

TEST(Handles, AreListedAsFarAsThereAreSome)
{
    Handles handles;
    EXPECT_THAT(list(handles), ElementsAre());
    handles.settle = open_null();
    handles.link = open_null();
    handles.probes.emplace("link", open_null());
    EXPECT_THAT(list(handles),
                ElementsAre(Pair("settle", handles.settle.get()), Pair("link", handles.link.get()),
                            Pair("probe.link", handles.probes.at("link").get())));
}

TEST(Handles, AreRefusedWhenOneIsMissing)
{
    sys::NamedFds named;
    named.emplace("link", open_null());
    const auto taken = take_handles(std::move(named), Sizes{}, 32768);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, std::errc::bad_file_descriptor);
}

TEST(Handles, AreRefusedWhenTheyAreSomethingElse)
{
    sys::NamedFds named;
    for (const char *name : {"cpus", "cells", "cell_stats", "stage_cpus", "stage_cells",
                             "stage_envelopes", "exit_dump", "exits", "events", "bss", "data",
                             "apply_config", "settle", "look_at_waits", "link"})
        named.emplace(name, open_null());
    EXPECT_FALSE(take_handles(std::move(named), Sizes{}, 32768));
}

TEST(Probes, AreProgramsOfTheObject)
{
    const auto object = open_object(LibbpfOptions{});
    ASSERT_TRUE(object);
    for (const Probe &probe : probes)
        EXPECT_NE(find_program(**object, probe), nullptr) << probe.program;
}

} // namespace
} // namespace mitosis::sched
