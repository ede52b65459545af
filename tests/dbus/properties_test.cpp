// SPDX-License-Identifier: GPL-2.0-only
// Every property has the value of the thing that it is named after: each is given another one, and
// none of the XML is left out.
#include "dbus/bus_client.hpp"
#include "dbus/counters.hpp"
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"
#include "dbus/worlds.hpp"

#include "bus/facts.hpp"
#include "core/config.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/status.hpp"
#include "core/tally.hpp"
#include "support/builders.hpp"
#include "support/interface_members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sdbus-c++/Error.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <sstream>
#include <string>

namespace mitosis::test {

namespace {

using Json = nlohmann::json;

constexpr const char *manager = "org.scx.Mitosis";
constexpr const char *log_control = "org.freedesktop.LogControl1";
constexpr const char *cell_path = "/org/scx/Mitosis/cell/1";

bus::ServiceFacts distinct_facts()
{
    bus::ServiceFacts facts;
    facts.version = "1.2.3";
    facts.scheduler_name = "mitosis_4";
    facts.max_cells = 201;
    facts.features = {"borrowing", "rebalancing"};
    facts.state = State::degraded;
    facts.state_reason = "apply-failed";
    facts.attached_realtime_us = 202;
    facts.attached_monotonic_us = 203;
    facts.fallbacks = {"slices are written"};
    facts.last_exit = {
        .kind = 204, .code = -205, .reason = "r", .message = "m", .at_realtime_us = 206};
    facts.config = {{"dbus", true}, {"slice-us", std::uint64_t{207}}};
    facts.settings.cell_rules = {{.pattern = "c*", .max_cpus = 6, .llcs = {{LlcId{3}}}}};
    facts.settings.rebalancing.enabled = true;
    facts.config_files = {"/a.toml", "/b.toml"};
    facts.config_origins = {{"slice-us", "D-Bus"}};
    facts.runtime_overrides = {"slice-us"};
    facts.cell_parent_cgroup = "/p.slice";
    facts.reconfigurations = 208;
    facts.apply_duration_us = 209;
    facts.attachments = 210;
    facts.kernel_exits = {{"sysrq", 211}};
    return facts;
}

void fill(CellStatus &cell)
{
    cell.cell.instance = 301;
    cell.cell.cgroup = CgroupId{302};
    cell.cell.cpuset = cpus("3-7");
    cell.cell.weight = 250;
    cell.borrowable = cpus("0");
    cell.llcs = {LlcId{2}};
    cell.counters = distinct_counters(400);
    for (std::size_t bucket = 0; bucket < cell.counters.wait_histogram.size(); ++bucket)
        cell.counters.wait_histogram.at(bucket) = 500 + bucket;
    cell.utilization = 0.25;
    cell.load.smoothed = 6.0;
    cell.load.due = 7.5;
    cell.load.measured = true;
}

Status distinct_status()
{
    Status status = running_status({"0-3", "4-7"});
    status.generation = 303;
    status.ownership->owners[4] = CellId{0};
    status.managed = cpus("0-8");
    status.unmet = {{.cell = CellId{1}, .claim = "min-cpus 5", .got = 4, .why = "no more"}};
    status.warnings = {{.cgroup = "/w", .reason = "not enforced"}};
    std::uint64_t moves = 310;
    for (const Trigger trigger : all_triggers)
        moves_for(status.tally, trigger) = ++moves;
    status.tally.held_back = 304;
    status.tally.drained = 305;
    status.rebalanced_at = at(12.5);
    status.sampled_at = at(13.5);
    fill(status.cells[1]);
    return status;
}

/// Two seconds before, when nothing had been counted.
Status earlier_status()
{
    Status status = distinct_status();
    status.sampled_at = at(11.5);
    status.cells[1].counters = {};
    return status;
}

/// What the cell did in those two seconds, of the time of so many CPUs.
Json ratios(double cpus)
{
    const CellCounters did = distinct_counters(400);
    const auto decisions = static_cast<double>(did.dispatch_local + did.dispatch_cpu_queue +
                                               did.dispatch_cell_queue + did.dispatch_borrowed);
    const auto over = [](std::uint64_t part, double whole) {
        return static_cast<double>(part) / whole;
    };
    const double capacity_ns = cpus * 2e9;
    return {{"DispatchLocal", over(did.dispatch_local, decisions)},
            {"DispatchCpuQueue", over(did.dispatch_cpu_queue, decisions)},
            {"DispatchCellQueue", over(did.dispatch_cell_queue, decisions)},
            {"DispatchBorrowed", over(did.dispatch_borrowed, decisions)},
            {"AffinityViolations", over(did.affinity_violations, decisions)},
            {"Steals", over(did.steals, decisions)},
            {"PinSkips", over(did.pin_skips, decisions)},
            {"Decisions", 1.0}, // the other cell did nothing
            {"Utilization", over(did.run_ns, capacity_ns)},
            {"Borrowed", over(did.borrowed_ns, static_cast<double>(did.run_ns))},
            {"Lent", over(did.lent_ns, capacity_ns)}};
}

/// What busctl says of all properties: name to value.
Json properties_of(const PrivateBus &bus, const std::string &path, const std::string &interface)
{
    const auto result = run(bus, {"busctl", "--json=short", "call", manager, path,
                                  "org.freedesktop.DBus.Properties", "GetAll", "s", interface});
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    Json values;
    const Json reply = Json::parse(result.output);
    for (const auto &[name, variant] : reply["data"][0].items())
        values[name] = variant["data"];
    return values;
}

/// Names of the properties that the shipped XML has.
std::set<std::string> shipped_properties(const std::string &interface)
{
    std::set<std::string> names;
    for (const std::string &line : interface_members(
             read_text(required_env("MITOSIS_DBUS_DIR") + "/" + interface + ".xml"))) {
        std::istringstream words(line);
        std::string of;
        std::string kind;
        std::string name;
        words >> of >> kind >> name;
        if (kind == "property")
            names.insert(name);
    }
    return names;
}

std::set<std::string> names_of(const Json &object)
{
    std::set<std::string> names;
    for (const auto &[name, value] : object.items())
        names.insert(name);
    return names;
}

/// The calendar's time of a monotonic one, which is only known to about the time of this test.
void expect_realtime(Json &realtime_us, std::chrono::microseconds monotonic)
{
    using std::chrono::microseconds;
    const auto now = std::chrono::duration_cast<microseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    const auto ago = std::chrono::duration_cast<microseconds>(
                         std::chrono::steady_clock::now().time_since_epoch()) -
                     monotonic;
    EXPECT_NEAR(realtime_us.get<double>(), static_cast<double>((now - ago).count()),
                static_cast<double>(microseconds(deadline).count()));
    realtime_us = "checked";
}

struct Properties : ::testing::Test {
    Properties()
    {
        service.set_facts(distinct_facts());
        service.publish(earlier_status());
        service.publish(distinct_status());
    }
    /// Each as expected, and as many as the XML has.
    void expect_properties(const std::string &interface, const Json &values, const Json &expected)
    {
        EXPECT_EQ(names_of(expected), shipped_properties(interface));
        for (const auto &[name, value] : expected.items())
            EXPECT_EQ(values.value(name, Json("missing")), value) << name;
    }

    PrivateBus bus;
    ServiceThread service{bus.address()};
};

TEST_F(Properties, OfTheServiceHaveTheirOwnValues)
{
    Json values = properties_of(bus, manager_path, manager);
    expect_realtime(values["LastRebalanceTimestamp"], std::chrono::microseconds(12'500'000));
    values["Metrics"] = names_of(values["Metrics"]).size(); // for a test of its own
    Json expected = Json::parse(R"({
        "Version": "1.2.3", "ApiVersion": 1, "Features": ["borrowing", "rebalancing"],
        "KernelFallbacks": ["slices are written"], "SchedulerName": "mitosis_4", "MaxCells": 201,
        "State": "degraded", "StateReason": "apply-failed", "AttachTimestamp": 202,
        "AttachTimestampMonotonic": 203, "LastExit": [204, -205, "r", "m", 206],
        "ConfigGeneration": 303,
        "Config": {"dbus": {"type": "b", "data": true}, "slice-us": {"type": "t", "data": 207}},
        "CellRules": {"c*": {"max-cpus": {"type": "u", "data": 6},
                             "llcs": {"type": "au", "data": [3]}}},
        "ConfigFiles": ["/a.toml", "/b.toml"], "ConfigOrigins": {"slice-us": "D-Bus"},
        "RuntimeOverrides": ["slice-us"], "CellParentCGroup": "/p.slice",
        "ManagedCpus": [0, 1, 2, 3, 4, 5, 6, 7, 8], "CellCount": 2,
        "Warnings": [["cpu-max-not-enforced", "/w", "not enforced"]],
        "Unmet": [[1, "min-cpus 5", 4, "no more"]],
        "Cells": [[0, "/org/scx/Mitosis/cell/0", "/", [0, 1, 2, 3]],
                  [1, "/org/scx/Mitosis/cell/1", "/work.slice/cell1", [4, 5, 6, 7]]],
        "KernelOwners": [[0, [0, 1, 2, 3, 4]], [1, [5, 6, 7]]],
        "LastRebalanceTimestamp": "checked", "LastRebalanceTimestampMonotonic": 12500000,
        "RebalanceCounts": {"auto": 311, "dbus": 312, "cgroup": 313, "cpuset": 314,
                            "hotplug": 315, "config": 317},
        "KernelExitCounts": {"sysrq": 211}, "Metrics": 28})");
    expected["Ratios"] = ratios(8);
    expect_properties(manager, values, expected);
}

TEST_F(Properties, OfTheServicesMetricsHaveTheirOwnValues)
{
    const Json metrics = properties_of(bus, manager_path, manager)["Metrics"];
    Json expected = Json::parse(R"({
        "RebalanceCount": 623, "RebalanceRejectedCount": 304, "QueueDrainCount": 305,
        "AttachCount": 210, "ReconfigureCount": 208, "ApplyDurationUSec": 209,
        "KernelExitCount": 211, "SampleTimestampMonotonic": 13500000, "SliceShrinks": 1251})");
    const CellCounters sums = distinct_counters(400); // the other cell counted nothing
    for (const auto &[name, member] : counters)
        if (const std::string counter = name; // the longest ones have no sum
            !counter.ends_with("MaxNSec"))
            expected[counter] = sums.*member;
    EXPECT_EQ(names_of(metrics), names_of(expected));
    for (const auto &[name, value] : expected.items())
        EXPECT_EQ(metrics.value(name, Json()), (Json{{"type", "t"}, {"data", value}})) << name;
}

TEST_F(Properties, OfACellHaveTheirOwnValues)
{
    Json values = properties_of(bus, cell_path, "org.scx.Mitosis.Cell");
    expect_realtime(values["CreationTimestamp"], std::chrono::microseconds(2'000'000));
    expect_properties("org.scx.Mitosis.Cell", values, Json::parse(R"({
        "Id": 1, "InstanceId": 301, "Kind": "workload", "CGroup": "/work.slice/cell1",
        "CGroupId": 302, "Cpus": [4, 5, 6, 7], "BorrowableCpus": [0],
        "RequestedCpus": [3, 4, 5, 6, 7], "Llcs": [2],
        "Claim": {"weight": {"type": "u", "data": 100}, "min-cpus": {"type": "u", "data": 0},
                  "max-cpus": {"type": "u", "data": 6}, "exclusive": {"type": "b", "data": false},
                  "lend-cores": {"type": "b", "data": false}, "borrow": {"type": "b", "data": true},
                  "llcs": {"type": "au", "data": [3]}, "cpu-weight": {"type": "d", "data": 250.0},
                  "populated": {"type": "b", "data": true}, "demand": {"type": "d", "data": 7.5}},
        "CreationTimestamp": "checked", "CreationTimestampMonotonic": 2000000})"));
}

TEST_F(Properties, OfACellsMetricsHaveTheirOwnValues)
{
    Json expected = Json::parse(R"({
        "SampleTimestampMonotonic": 13500000, "Utilization": 0.25, "SmoothedUtilization": 1.5,
        "DemandCpus": 7.5, "SliceShrinks": 1251})");
    const CellCounters counted = distinct_counters(400);
    for (const auto &[name, member] : counters)
        expected[name] = counted.*member;
    for (std::size_t bucket = 0; bucket < counted.wait_histogram.size(); ++bucket)
        expected["WaitHistogram"].push_back(500 + bucket);
    expected["Ratios"] = ratios(4);
    const std::string interface = "org.scx.Mitosis.CellMetrics";
    expect_properties(interface, properties_of(bus, cell_path, interface), expected);
}

TEST_F(Properties, OfTheLogHaveTheirOwnValues)
{
    service.log.level = LogLevel::error;
    EXPECT_EQ(properties_of(bus, "/org/freedesktop/LogControl1", log_control),
              Json::parse(R"({"LogLevel": "err", "LogTarget": "console",
                              "SyslogIdentifier": "scx-mitosis"})"));
}

/// The error that setting a property of the log ends with.
std::string set_error(const PrivateBus &bus, uid_t user, const char *name, const char *value)
{
    BusClient caller(bus.address(), user);
    return error_of([&] {
        caller.proxy("/org/freedesktop/LogControl1")
            ->setProperty(name)
            .onInterface(log_control)
            .toValue(std::string(value));
    });
}

TEST_F(Properties, OfTheLogAreForRootToSet)
{
    constexpr uid_t service_user = 1; // any other than root
    const std::string denied = "org.freedesktop.DBus.Error.AccessDenied";
    for (const char *name : {"LogLevel", "LogTarget"})
        EXPECT_EQ(set_error(bus, service_user, name, "debug"), denied) << name;
    EXPECT_EQ(service.log.level, LogLevel::info);
    EXPECT_EQ(set_error(bus, 0, "LogTarget", "console"), ""); // which it is
    EXPECT_EQ(set_error(bus, 0, "LogTarget", "journal"), "org.freedesktop.DBus.Error.NotSupported");
    EXPECT_EQ(set_error(bus, 0, "SyslogIdentifier", "x"),
              "org.freedesktop.DBus.Error.PropertyReadOnly");
}

} // namespace

} // namespace mitosis::test
