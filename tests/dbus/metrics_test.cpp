// SPDX-License-Identifier: GPL-2.0-only
// Every counter of a cell reaches the bus under its own name, and the sums over all cells.
#include "dbus/bus_client.hpp"
#include "dbus/counters.hpp"
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"
#include "dbus/worlds.hpp"

#include "core/event.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "core/tally.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sdbus-c++/Types.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace mitosis::test {

namespace {

constexpr const char *metrics_interface = "org.scx.Mitosis.CellMetrics";

struct Metrics : ::testing::Test {
    Metrics()
    {
        auto status = running_status({"0-3", "4-7"});
        status.cells[0].counters = distinct_counters(1000);
        status.cells[1].counters = distinct_counters(0);
        service.publish(status);
    }

    PrivateBus bus;
    ServiceThread service{bus.address()};
    BusClient client{bus.address()};
};

TEST_F(Metrics, ShowEveryCounterOfACellUnderItsName)
{
    const auto properties = client.properties("/org/scx/Mitosis/cell/1", metrics_interface);
    const CellCounters expected = distinct_counters(0);
    for (const auto &[name, member] : counters)
        EXPECT_EQ(properties.at(sdbus::PropertyName(name)).get<std::uint64_t>(), expected.*member)
            << name;
    EXPECT_EQ(properties.at(sdbus::PropertyName("SliceShrinks")).get<std::uint64_t>(),
              expected.slice_shrink_max + expected.slice_shrink_proportional +
                  expected.slice_shrink_min);
}

TEST_F(Metrics, AddUpOverTheCells)
{
    const auto sums = client.properties(manager_path, "org.scx.Mitosis")
                          .at(sdbus::PropertyName("Metrics"))
                          .get<std::map<std::string, sdbus::Variant>>();
    const CellCounters first = distinct_counters(1000);
    const CellCounters second = distinct_counters(0);
    for (const auto &[name, member] : counters) {
        const std::string counter = name;
        if (counter.ends_with("MaxNSec")) // the longest ones have no sum
            continue;
        EXPECT_EQ(sums.at(counter).get<std::uint64_t>(), first.*member + second.*member) << counter;
    }
    EXPECT_EQ(sums.at("SliceShrinks").get<std::uint64_t>(), 3 * 1000 + 2 * (16 + 17 + 18));
}

Status status_with_a_past()
{
    Status status = running_status({"0-3", "4-7"});
    moves_for(status.tally, Trigger::automatic) = 5;
    moves_for(status.tally, Trigger::dbus) = 6;
    moves_for(status.tally, Trigger::cgroup) = 7;
    status.tally.held_back = 8;
    status.tally.drained = 9;
    return status;
}

TEST_F(Metrics, CountWhatBefellTheService)
{
    auto facts = running_facts();
    facts.attachments = 4;
    facts.kernel_exits = {{"kernel-stall", 2}, {"sysrq", 1}};
    service.set_facts(std::move(facts));
    service.publish(status_with_a_past());

    const auto properties = client.properties(manager_path, "org.scx.Mitosis");
    const auto metrics =
        properties.at(sdbus::PropertyName("Metrics")).get<std::map<std::string, sdbus::Variant>>();
    for (const auto &[name, value] :
         std::map<std::string, std::uint64_t>{{"RebalanceCount", 11},
                                              {"RebalanceRejectedCount", 8},
                                              {"QueueDrainCount", 9},
                                              {"AttachCount", 4},
                                              {"KernelExitCount", 3}})
        EXPECT_EQ(metrics.at(name).get<std::uint64_t>(), value) << name;
    using Counts = std::map<std::string, std::uint64_t>;
    EXPECT_EQ(properties.at(sdbus::PropertyName("RebalanceCounts")).get<Counts>(),
              (Counts{{"auto", 5},
                      {"dbus", 6},
                      {"cgroup", 7},
                      {"cpuset", 0},
                      {"hotplug", 0},
                      {"config", 0}}));
    EXPECT_EQ(properties.at(sdbus::PropertyName("KernelExitCounts")).get<Counts>(),
              (Counts{{"kernel-stall", 2}, {"sysrq", 1}}));
}

} // namespace

} // namespace mitosis::test
