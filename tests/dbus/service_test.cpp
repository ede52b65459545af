// SPDX-License-Identifier: GPL-2.0-only
// The objects on the bus: what they are, what they say, and what they signal.
#include "dbus/bus_client.hpp"
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"
#include "dbus/worlds.hpp"

#include "bus/facts.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/status.hpp"
#include "support/builders.hpp"
#include "support/interface_members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sdbus-c++/Types.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::test {

namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char *manager = "org.scx.Mitosis";
constexpr const char *cell_interface = "org.scx.Mitosis.Cell";
constexpr const char *metrics_interface = "org.scx.Mitosis.CellMetrics";

std::set<std::string> shipped_members(const std::string &interface)
{
    return interface_members(
        read_text(required_env("MITOSIS_DBUS_DIR") + "/" + interface + ".xml"));
}

std::string cell_path(unsigned id)
{
    return "/org/scx/Mitosis/cell/" + std::to_string(id);
}

/// A bus with a service that shows a machine of eight CPUs and two cells.
struct Service : ::testing::Test {
    Service()
    {
        service.set_facts(running_facts());
        service.publish(running_status({"0-3", "4-7"}));
    }

    PrivateBus bus;
    ServiceThread service{bus.address()};
    BusClient client{bus.address()};
};

TEST_F(Service, IntrospectsAsTheShippedXmlSays)
{
    EXPECT_EQ(interface_members(client.introspect(manager_path)), shipped_members(manager));

    auto cell = shipped_members(cell_interface);
    cell.merge(shipped_members(metrics_interface));
    EXPECT_EQ(interface_members(client.introspect(cell_path(1))), cell);
}

TEST_F(Service, AnswersForEveryProperty)
{
    for (const std::string interface : {manager, cell_interface, metrics_interface}) {
        const auto path = interface == manager ? std::string(manager_path) : cell_path(1);
        const auto is_property = [](const std::string &line) {
            return line.contains(" property ");
        };
        EXPECT_EQ(std::ssize(client.properties(path, interface)),
                  std::ranges::count_if(shipped_members(interface), is_property))
            << interface;
    }
}

TEST_F(Service, SaysWhatTheFactsSay)
{
    auto properties = client.properties(manager_path, manager);
    const auto text = [&](const char *name) {
        return properties.at(sdbus::PropertyName(name)).get<std::string>();
    };
    EXPECT_EQ(text("Version"), "1.2.3");
    EXPECT_EQ(text("SchedulerName"), "mitosis");
    EXPECT_EQ(text("State"), "running");
    EXPECT_EQ(text("CellParentCGroup"), "/work.slice");
    const auto config =
        properties.at(sdbus::PropertyName("Config")).get<std::map<std::string, sdbus::Variant>>();
    EXPECT_EQ(config.at("slice-us").get<std::uint64_t>(), 20000U);
    EXPECT_EQ(config.at("cell-parent-cgroup").get<std::string>(), "/work.slice");
}

TEST_F(Service, ListsItsCells)
{
    using Line =
        sdbus::Struct<std::uint32_t, sdbus::ObjectPath, std::string, std::vector<std::uint32_t>>;
    const auto properties = client.properties(manager_path, manager);
    EXPECT_EQ(properties.at(sdbus::PropertyName("CellCount")).get<std::uint32_t>(), 2U);
    EXPECT_THAT(
        properties.at(sdbus::PropertyName("Cells")).get<std::vector<Line>>(),
        ElementsAre(Line{0, sdbus::ObjectPath(cell_path(0)), "/", {0, 1, 2, 3}},
                    Line{1, sdbus::ObjectPath(cell_path(1)), "/work.slice/cell1", {4, 5, 6, 7}}));
}

TEST_F(Service, ManagesAnObjectForEachCell)
{
    const auto objects = client.managed_objects();
    ASSERT_EQ(objects.size(), 2U);
    const auto &cell = objects.at(sdbus::ObjectPath(cell_path(1)));
    ASSERT_TRUE(cell.contains(sdbus::InterfaceName(metrics_interface)));
    const auto &properties = cell.at(sdbus::InterfaceName(cell_interface));
    EXPECT_EQ(properties.at(sdbus::PropertyName("Kind")).get<std::string>(), "workload");
    EXPECT_EQ(properties.at(sdbus::PropertyName("CGroupId")).get<std::uint64_t>(), 1001U);
}

TEST_F(Service, ShowsWhatACellBringsToADivision)
{
    auto facts = running_facts();
    facts.settings.rebalancing.enabled = true;
    facts.settings.cell_rules = {{.pattern = "cell1", .max_cpus = 3, .borrow = false}};
    service.set_facts(std::move(facts));
    auto status = running_status({"0-3", "4-7"});
    status.cells[1].cell.weight = 250;
    status.cells[1].cell.populated = false;
    status.cells[1].load.due = 2.5;
    status.cells[1].load.measured = true;
    service.publish(status);
    const auto properties = client.properties(cell_path(1), cell_interface);
    const auto claim =
        properties.at(sdbus::PropertyName("Claim")).get<std::map<std::string, sdbus::Variant>>();
    EXPECT_EQ(claim.at("max-cpus").get<std::uint32_t>(), 3U);
    EXPECT_FALSE(claim.at("borrow").get<bool>());
    EXPECT_EQ(claim.at("cpu-weight").get<double>(), 250.0);
    EXPECT_EQ(claim.at("demand").get<double>(), 2.5);
    EXPECT_FALSE(claim.at("populated").get<bool>());
    EXPECT_FALSE(claim.contains("cpus"));
}

TEST_F(Service, ShowsTheRulesForCells)
{
    auto facts = running_facts();
    facts.settings.cell_rules = {{.pattern = "cell*", .min_cpus = 2, .lend_cores = true},
                                 {.pattern = "db", .llcs = {{LlcId{1}}}, .cpus = cpus("4-5")}};
    service.set_facts(std::move(facts));

    ASSERT_TRUE(client.await_change(manager_path, "CellRules(invalidated)"));
    using Rule = std::map<std::string, sdbus::Variant>;
    const auto rules = client.properties(manager_path, manager)
                           .at(sdbus::PropertyName("CellRules"))
                           .get<std::map<std::string, Rule>>();
    ASSERT_EQ(rules.size(), 2U);
    EXPECT_EQ(rules.at("cell*").size(), 2U);
    EXPECT_EQ(rules.at("cell*").at("min-cpus").get<std::uint32_t>(), 2U);
    EXPECT_TRUE(rules.at("cell*").at("lend-cores").get<bool>());
    EXPECT_THAT(rules.at("db").at("llcs").get<std::vector<std::uint32_t>>(), ElementsAre(1));
    EXPECT_THAT(rules.at("db").at("cpus").get<std::vector<std::uint32_t>>(), ElementsAre(4, 5));
}

TEST_F(Service, ShowsWhatCouldNotBeMet)
{
    auto status = running_status({"0-3", "4-7"});
    status.unmet = {{.cell = CellId{1}, .claim = "min-cpus 5", .got = 4, .why = "no more"}};
    service.publish(status);

    ASSERT_TRUE(client.await_change(manager_path, "Unmet"));
    using Line = sdbus::Struct<std::uint32_t, std::string, std::uint32_t, std::string>;
    EXPECT_THAT(client.properties(manager_path, manager)
                    .at(sdbus::PropertyName("Unmet"))
                    .get<std::vector<Line>>(),
                ElementsAre(Line{1, "min-cpus 5", 4, "no more"}));
}

TEST_F(Service, ShowsWhoOwnsTheCpusInTheKernel)
{
    auto status = running_status({"0-3", "4-7"});
    status.ownership->owners[4] = CellId{0};
    service.publish(status);

    ASSERT_TRUE(client.await_change(manager_path, "KernelOwners(invalidated)"));
    using Line = sdbus::Struct<std::uint32_t, std::vector<std::uint32_t>>;
    const auto owners = [this] {
        return client.properties(manager_path, manager)
            .at(sdbus::PropertyName("KernelOwners"))
            .get<std::vector<Line>>();
    };
    EXPECT_THAT(owners(), ElementsAre(Line{0, {0, 1, 2, 3, 4}}, Line{1, {5, 6, 7}}));
    auto facts = running_facts();
    facts.attached_monotonic_us = 0; // no scheduler, no owners
    service.set_facts(facts);
    EXPECT_THAT(owners(), ::testing::IsEmpty());
}

TEST_F(Service, WarnsOfWhatTheSchedulerLeavesUndone)
{
    auto status = running_status({"0-3", "4-7"});
    status.warnings = {{.cgroup = "/work.slice/cell1", .reason = "cpu.max is not enforced"}};
    service.publish(status);

    ASSERT_TRUE(client.await_change(manager_path, "Warnings"));
    using Line = sdbus::Struct<std::string, std::string, std::string>;
    EXPECT_THAT(
        client.properties(manager_path, manager)
            .at(sdbus::PropertyName("Warnings"))
            .get<std::vector<Line>>(),
        ElementsAre(Line{"cpu-max-not-enforced", "/work.slice/cell1", "cpu.max is not enforced"}));
}

TEST_F(Service, SaysWhatTheKernelLacks)
{
    auto facts = running_facts();
    facts.fallbacks = {"slices of running tasks are written directly"};
    service.set_facts(facts);

    ASSERT_TRUE(client.await_change(manager_path, "KernelFallbacks"));
    EXPECT_THAT(client.properties(manager_path, manager)
                    .at(sdbus::PropertyName("KernelFallbacks"))
                    .get<std::vector<std::string>>(),
                ElementsAre("slices of running tasks are written directly"));
}

TEST_F(Service, ShowsWhatACellNeeds)
{
    auto status = running_status({"0-3", "4-7"});
    status.cells[1].load.smoothed = 6.0;
    status.cells[1].load.due = 7.5;
    service.publish(status);

    const auto metrics = client.properties(cell_path(1), metrics_interface);
    EXPECT_EQ(metrics.at(sdbus::PropertyName("SmoothedUtilization")).get<double>(), 1.5);
    EXPECT_EQ(metrics.at(sdbus::PropertyName("DemandCpus")).get<double>(), 7.5);
}

TEST_F(Service, ShowsCountersWithoutSignallingThem)
{
    auto status = running_status({"0-3", "4-7"});
    status.cells[1].counters.waits = 42;
    service.publish(status);
    status.state = State::degraded; // a signal to wait for, after the silent change
    status.reason = "parent-cgroup-missing";
    service.publish(status);

    ASSERT_TRUE(client.await_change(manager_path, "StateReason"));
    EXPECT_THAT(client.signals(), Not(Contains(StartsWith("PropertiesChanged " + cell_path(1)))));
    const auto metrics = client.properties(cell_path(1), metrics_interface);
    EXPECT_EQ(metrics.at(sdbus::PropertyName("Waits")).get<std::uint64_t>(), 42U);
}

TEST_F(Service, CountsOnWhenACellIsGone)
{
    auto status = running_status({"0-3", "4-7"});
    status.cells[0].counters.waits = 1;
    status.cells[1].counters.waits = 42;
    service.publish(status);
    status.cells.pop_back();
    service.publish(status);

    const auto metrics = client.properties(manager_path, manager)
                             .at(sdbus::PropertyName("Metrics"))
                             .get<std::map<std::string, sdbus::Variant>>();
    EXPECT_EQ(metrics.at("Waits").get<std::uint64_t>(), 43U);
}

TEST_F(Service, AnnouncesACellThatCanBeUsed)
{
    service.publish(running_status({"0-1", "2-4", "5-7"}));

    ASSERT_TRUE(client.await_signal("InterfacesAdded " + cell_path(2)));
    const auto cell = client.properties(cell_path(2), cell_interface);
    EXPECT_THAT(cell.at(sdbus::PropertyName("Cpus")).get<std::vector<std::uint32_t>>(),
                ElementsAre(5, 6, 7));
}

TEST_F(Service, WithdrawsACellThatIsGone)
{
    service.publish(running_status({"0-7"}));

    ASSERT_TRUE(client.await_signal("InterfacesRemoved " + cell_path(1)));
    EXPECT_EQ(client.managed_objects().size(), 1U);
}

TEST_F(Service, ExchangesACellWhoseIdIsUsedAgain)
{
    auto status = running_status({"0-3", "4-7"});
    status.cells[1].cell.instance = 99;
    service.publish(status);

    ASSERT_TRUE(client.await_in_order("InterfacesRemoved " + cell_path(1),
                                      "InterfacesAdded " + cell_path(1)));
    EXPECT_EQ(client.properties(cell_path(1), cell_interface)
                  .at(sdbus::PropertyName("InstanceId"))
                  .get<std::uint64_t>(),
              99U);
}

TEST_F(Service, SignalsAQuickSeriesOfChangesOnce)
{
    const std::string change = "PropertiesChanged " + cell_path(0) + " Cpus";
    for (const auto *root_cpus : {"0", "0-1", "0-2", "0-4"})
        service.publish(running_status({root_cpus, "5-7"}));
    ASSERT_TRUE(client.await_signal(change));
    const std::vector<Event> moved{Reassigned{}}; // a signal that comes after all of them
    service.publish(running_status({"0-4", "5-7"}), moved);
    ASSERT_TRUE(client.await_signal("Rebalanced 0 auto"));

    // One round may have been over just before the series.
    EXPECT_LE(std::ranges::count(client.signals(), change), 2);
    const auto cell = client.properties(cell_path(0), cell_interface);
    EXPECT_EQ(cell.at(sdbus::PropertyName("Cpus")).get<std::vector<std::uint32_t>>().size(), 5U);
}

TEST_F(Service, SignalsWhoGainedAndLostWhichCpus)
{
    const std::vector<Event> events{
        Reassigned{.generation = 2,
                   .trigger = Trigger::cgroup,
                   .shifts = {{.cell = CellId{0}, .gained = cpus("6-7"), .lost = {}},
                              {.cell = CellId{1}, .gained = cpus("3"), .lost = cpus("6-7")}},
                   .summary = ""}};
    service.publish(running_status({"0-2,6-7", "3-5"}), events);

    EXPECT_TRUE(client.await_signal("Rebalanced 2 cgroup 0:+6,7:- 1:+3:-6,7"));
}

TEST_F(Service, SignalsAnExitOfTheScheduler)
{
    auto facts = running_facts();
    facts.state = State::detached;
    facts.state_reason = "sysrq";
    facts.last_exit = {
        .kind = 64, .code = -5, .reason = "SysRq", .message = "why", .at_realtime_us = 7};
    service.set_facts(facts);

    EXPECT_TRUE(client.await_change(manager_path, "LastExit"));
    EXPECT_TRUE(client.await_change(manager_path, "StateReason"));
    EXPECT_TRUE(client.await_signal("SchedulerExited 64 -5 SysRq: why"));
}

} // namespace

} // namespace mitosis::test
