// SPDX-License-Identifier: GPL-2.0-only
// The bus goes away, comes back, hangs or was never there: the loop runs on and the service
// returns.
#include "dbus/bus_client.hpp"
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"
#include "dbus/worlds.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace mitosis::test {

namespace {

TEST(BusRestart, BringsNameAndObjectsBack)
{
    PrivateBus bus;
    ServiceThread service{bus.address()};
    service.set_facts(running_facts());
    service.publish(running_status({"0-3", "4-7"}));

    bus.kill();
    ASSERT_TRUE(service.await_loss());
    service.publish(running_status({"0-1", "2-3", "4-7"}));
    bus.start();

    ASSERT_TRUE(service.await_name());
    BusClient client{bus.address()};
    EXPECT_EQ(client.managed_objects().size(), 3U);
}

TEST(BusRestart, HappensTwiceAsWellAsOnce)
{
    PrivateBus bus;
    ServiceThread service{bus.address()};
    service.publish(running_status({"0-7"}));
    for (int round = 0; round < 2; ++round) {
        bus.kill();
        ASSERT_TRUE(service.await_loss());
        bus.start();
        ASSERT_TRUE(service.await_name());
    }
    BusClient client{bus.address()};
    EXPECT_EQ(client.managed_objects().size(), 1U);
}

TEST(BusRestart, FindsABusThatStartsAfterTheService)
{
    PrivateBus bus;
    bus.kill();
    ServiceThread service{bus.address()};
    EXPECT_FALSE(service.has_name());
    service.publish(running_status({"0-7"}));

    bus.start();
    EXPECT_TRUE(service.await_name());
}

TEST(BusRestart, IsNotWaitedForWhenTheBusHangs)
{
    PrivateBus bus;
    ServiceThread service{bus.address()};
    bus.freeze();
    const auto before = std::chrono::steady_clock::now();
    service.publish(running_status({"0-3", "4-7"}));
    service.publish(running_status({"0-7"}));
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
    bus.thaw();
    EXPECT_TRUE(service.has_name());
}

TEST(BusRestart, LeavesTheNameToItsOwner)
{
    PrivateBus bus;
    ServiceThread first{bus.address()};
    ServiceThread second{bus.address()};
    EXPECT_TRUE(first.has_name());
    EXPECT_FALSE(second.has_name());
}

} // namespace

} // namespace mitosis::test
