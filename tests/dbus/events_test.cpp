// SPDX-License-Identifier: GPL-2.0-only
// What the scheduler tells of comes out of the bus: as a signal, and in the dump.
#include "dbus/bus_client.hpp"
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"
#include "dbus/worlds.hpp"

#include "core/status.hpp"
#include "support/interface_members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace mitosis::test {

namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct SchedulerEvents : ::testing::Test {
    SchedulerEvents()
    {
        switch_debug_events(true);
        service.publish(running_status({"0-3", "4-7"}));
    }
    void switch_debug_events(bool on)
    {
        auto facts = running_facts();
        facts.settings.features.debug_events = on;
        service.set_facts(std::move(facts));
    }
    [[nodiscard]] std::string dump() const
    {
        return run(bus, {required_env("MITOSISCTL"), "dump"}).output;
    }

    PrivateBus bus;
    ServiceThread service{bus.address()};
    BusClient client{bus.address()};
};

TEST_F(SchedulerEvents, AreSignalledWithAllThatIsKnownOfThem)
{
    service.tell({.events = {borrow_event(), borrow_event()}, .lost = 3});
    EXPECT_TRUE(client.await_signal(
        "SchedulerEvents 5000000:borrow:77:1234:1:3 5000000:borrow:77:1234:1:3 3"));
}

TEST_F(SchedulerEvents, AreNotSignalledWhenThereAreNone)
{
    service.tell({});
    service.tell({.events = {borrow_event()}, .lost = 0});
    ASSERT_TRUE(client.await_signal("SchedulerEvents 5000000:borrow:77:1234:1:3 0"));
    EXPECT_THAT(client.signals(), Not(Contains("SchedulerEvents 0")));
}

TEST_F(SchedulerEvents, AreNobodysBusinessWithoutDebugEvents)
{
    switch_debug_events(false);
    service.tell({.events = {borrow_event()}, .lost = 0});
    auto status = running_status({"0-3", "4-7"}); // a signal to wait for, which is later
    status.state = State::degraded;
    service.publish(status);
    ASSERT_TRUE(client.await_change(manager_path, "State"));
    EXPECT_THAT(client.signals(), Not(Contains(StartsWith("SchedulerEvents"))));
    EXPECT_THAT(dump(), HasSubstr("\nScheduling events are not kept, because debug-events is off"));
}

TEST_F(SchedulerEvents, AreInTheDump)
{
    service.tell({.events = {borrow_event()}, .lost = 0});
    EXPECT_THAT(dump(),
                HasSubstr("Z, 5.000000 s after boot, borrow, CPU 3: task 77 of cgroup 1234 runs on "
                          "a CPU of cell 1, which is not its own\n"));
}

} // namespace

} // namespace mitosis::test
