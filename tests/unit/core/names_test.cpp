// SPDX-License-Identifier: GPL-2.0-only
// The words of enumerations that leave the program.
#include "core/event.hpp"
#include "core/status.hpp"

#include <gtest/gtest.h>

namespace mitosis {
namespace {

TEST(TriggerName, IsTheWordOnTheBus)
{
    EXPECT_EQ(to_string(Trigger::automatic), "auto");
    EXPECT_EQ(to_string(Trigger::dbus), "dbus");
    EXPECT_EQ(to_string(Trigger::cgroup), "cgroup");
    EXPECT_EQ(to_string(Trigger::cpuset), "cpuset");
    EXPECT_EQ(to_string(Trigger::hotplug), "hotplug");
    EXPECT_EQ(to_string(Trigger::startup), "startup");
}

TEST(StateName, IsTheWordOnTheBus)
{
    EXPECT_EQ(to_string(State::starting), "starting");
    EXPECT_EQ(to_string(State::running), "running");
    EXPECT_EQ(to_string(State::reloading), "reloading");
    EXPECT_EQ(to_string(State::degraded), "degraded");
    EXPECT_EQ(to_string(State::detached), "detached");
    EXPECT_EQ(to_string(State::stopping), "stopping");
}

} // namespace
} // namespace mitosis
