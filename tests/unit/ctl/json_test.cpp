// SPDX-License-Identifier: GPL-2.0-only
// The schema of --json, key by key: scripts depend on it.
#include "core/division.hpp"
#include "core/ids.hpp"
#include "ctl/commands.hpp"
#include "ctl/failure.hpp"
#include "ctl/json.hpp"
#include "ctl/snapshot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace mitosis::ctl {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> keys_of(const nlohmann::ordered_json &object)
{
    std::vector<std::string> keys;
    for (const auto &[key, value] : object.items())
        keys.push_back(key);
    return keys;
}

TEST(Json, HasTheDocumentedKeysOfTheStatus)
{
    const auto json = nlohmann::ordered_json::parse(to_json(ServiceSnapshot{}));
    EXPECT_THAT(keys_of(json),
                ElementsAre("schema", "version", "api_version", "state", "state_reason",
                            "scheduler", "features", "attached_realtime_us",
                            "attached_monotonic_us", "managed_cpus", "cell_count", "max_cells",
                            "unmet", "cell_parent_cgroup", "generation", "rebalances",
                            "rebalanced_realtime_us", "rebalanced_monotonic_us", "last_exit",
                            "kernel_fallbacks", "warnings", "config", "cell_rules", "config_files",
                            "config_origins", "runtime_overrides"));
    EXPECT_TRUE(json["last_exit"].is_null());
}

TEST(Json, HasTheClaimsThatAreNotMet)
{
    ServiceSnapshot service;
    service.unmet = {{.cell = 2, .claim = "a CPU", .got = 0, .why = "there are more cells"}};
    const auto json = nlohmann::ordered_json::parse(to_json(service));
    EXPECT_EQ(json["unmet"].dump(),
              R"([{"cell":2,"claim":"a CPU","got":0,"why":"there are more cells"}])");
}

TEST(Json, ListsFeaturesFallbacksAndWarnings)
{
    ServiceSnapshot service;
    service.features = {"borrowing", "rebalancing"};
    service.fallbacks = {"slices are written directly"};
    service.warnings = {{.kind = "cpu-max-not-enforced", .cgroup = "/a", .reason = "r"}};
    const auto json = nlohmann::ordered_json::parse(to_json(service));
    EXPECT_EQ(json["features"], nlohmann::json({"borrowing", "rebalancing"}));
    EXPECT_EQ(json["kernel_fallbacks"], nlohmann::json({"slices are written directly"}));
    EXPECT_THAT(keys_of(json["warnings"][0]), ElementsAre("kind", "cgroup", "reason"));
    EXPECT_EQ(json["warnings"][0]["kind"], "cpu-max-not-enforced");
}

TEST(Json, HasTheDocumentedKeysOfACell)
{
    const auto json = nlohmann::ordered_json::parse(to_json(CellSnapshot{}))["cell"];
    EXPECT_THAT(keys_of(json),
                ElementsAre("id", "instance", "kind", "cgroup", "cgroup_id", "cpus",
                            "borrowable_cpus", "requested_cpus", "llcs", "claim",
                            "created_realtime_us", "created_monotonic_us", "metrics"));
    EXPECT_TRUE(json["claim"].is_null());
    EXPECT_THAT(keys_of(json["metrics"]),
                ElementsAre("sampled_monotonic_us", "utilization", "smoothed_utilization",
                            "demand_cpus", "ratios", "cpu_usage_ns", "dispatch_local",
                            "dispatch_cpu_queue", "dispatch_cell_queue", "dispatch_borrowed",
                            "affinity_violations", "borrowed_ns", "lent_ns", "reclaims",
                            "reclaim_ns", "reclaim_max_ns", "steals", "private_steals",
                            "multicpu_pins", "pin_skips", "slice_shrinks", "slice_shrinks_at_max",
                            "slice_shrinks_proportional", "slice_shrinks_at_min", "wait_ns",
                            "waits", "wait_max_ns", "wait_histogram"));
}

TEST(Json, IsOneLineForEachEvent)
{
    Happening happening;
    happening.kind = Happening::Kind::rebalanced;
    happening.generation = 7;
    happening.cause = "auto";
    happening.changes = {{.cell = 1, .gained = {3}, .lost = {}}};
    EXPECT_EQ(to_json(happening),
              R"({"schema":1,"event":"rebalanced","generation":7,"trigger":"auto",)"
              R"("changes":[{"cell":1,"gained":[3],"lost":[]}]})"
              "\n");
}

TEST(Json, HasWhatTheSchedulerNoticed)
{
    Happening happening;
    happening.kind = Happening::Kind::scheduler_event;
    happening.event = {
        .monotonic_us = 5, .kind = "borrow", .pid = 77, .cgroup_id = 1234, .cell = 2, .cpu = 3};
    EXPECT_EQ(to_json(happening),
              R"({"schema":1,"event":"scheduler-event","kind":"borrow","monotonic_us":5,)"
              R"("pid":77,"cgroup_id":1234,"cell":2,"cpu":3})"
              "\n");
    happening.kind = Happening::Kind::events_left_out;
    happening.left_out = 9;
    EXPECT_EQ(to_json(happening), R"({"schema":1,"event":"events-left-out","count":9})"
                                  "\n");
}

TEST(Json, HasNamesAndValuesOfChangesApart)
{
    Happening happening;
    happening.kind = Happening::Kind::changed;
    happening.properties = {{.name = "State", .value = "running"},
                            {.name = "ConfigGeneration", .value = std::uint64_t{7}},
                            {.name = "ManagedCpus", .value = Cpus{0, 1}},
                            {.name = "Cells", .value = {}}};
    EXPECT_EQ(to_json(happening),
              R"({"schema":1,"event":"changed","properties":[{"name":"State","value":"running"},)"
              R"({"name":"ConfigGeneration","value":7},{"name":"ManagedCpus","value":[0,1]},)"
              R"({"name":"Cells","value":null}]})"
              "\n");
    happening.kind = Happening::Kind::service_gone;
    EXPECT_EQ(to_json(happening), R"({"schema":1,"event":"service-gone"})"
                                  "\n");
}

TEST(Json, HasTheDocumentedKeysOfTheConfiguration)
{
    EXPECT_THAT(keys_of(nlohmann::ordered_json::parse(config_to_json(ServiceSnapshot{}))),
                ElementsAre("schema", "generation", "config", "cell_rules", "files", "origins",
                            "overrides"));
    EXPECT_THAT(keys_of(nlohmann::ordered_json::parse(metrics_to_json(ServiceSnapshot{}, {}))),
                ElementsAre("schema", "state", "generation", "total", "cells"));
}

TEST(Json, HasRulesAndClaimsUnderTheNamesOfTheirKeys)
{
    ServiceSnapshot service;
    service.cell_rules = {{.pattern = "a*", .min_cpus = 2, .borrow = false},
                          {.pattern = "db", .llcs = {{LlcId{1}}}, .cpus = to_set({0, 8})}};
    const std::string rules =
        R"({"a*":{"min-cpus":2,"borrow":false},"db":{"llcs":[1],"cpus":[0,8]}})";
    const auto parsed = [](const std::string &text) { return nlohmann::ordered_json::parse(text); };
    EXPECT_EQ(parsed(config_to_json(service))["cell_rules"].dump(), rules);
    EXPECT_EQ(parsed(to_json(service))["cell_rules"].dump(), rules);

    CellSnapshot cell;
    cell.claim = Party{.cell = {},
                       .cpuset = {},
                       .policy = {.max_cpus = 3, .llcs = {LlcId{1}}},
                       .weight = 2.5,
                       .demand = {},
                       .populated = false};
    EXPECT_EQ(parsed(to_json(cell))["cell"]["claim"].dump(),
              R"({"min-cpus":0,"max-cpus":3,"weight":100,"exclusive":false,"lend-cores":false,)"
              R"("borrow":true,"llcs":[1],"cpus":null,"cpu-weight":250.0,"populated":false,)"
              R"("demand":null})");
}

TEST(Json, KeepsTheTypesOfSettings)
{
    ServiceSnapshot service;
    service.config = {{"dbus", true}, {"slice-us", std::uint64_t{20000}}};
    const auto json = nlohmann::json::parse(to_json(service));
    EXPECT_EQ(json["config"]["dbus"], true);
    EXPECT_EQ(json["config"]["slice-us"], 20000);
}

TEST(Json, SurvivesACgroupNameThatIsNotUtf8)
{
    CellSnapshot cell;
    cell.cgroup = "/jobs/\xff";
    EXPECT_TRUE(nlohmann::json::accept(to_json(cell)));
}

TEST(FindCell, TakesIdPathOrName)
{
    std::vector<CellSnapshot> cells(2);
    cells[0].cgroup = "/";
    cells[1].id = 1;
    cells[1].cgroup = "/jobs/web";
    for (const char *wanted : {"1", "/jobs/web", "web"})
        EXPECT_EQ(find_cell(cells, wanted).value().id, 1U) << wanted;
    EXPECT_EQ(find_cell(cells, "").error().status, ExitStatus::failure);
    EXPECT_TRUE(find_cell(cells, "db").error().message.contains("1  /jobs/web"));
}

TEST(FindCell, TakesNoneOfSeveralOfOneName)
{
    std::vector<CellSnapshot> cells(3);
    cells[0].cgroup = "/";
    cells[1].id = 7;
    cells[1].cgroup = "/a/web";
    cells[2].id = 8;
    cells[2].cgroup = "/b/web";
    const auto several = find_cell(cells, "web");
    EXPECT_EQ(several.error().status, ExitStatus::usage);
    EXPECT_THAT(several.error().message, HasSubstr("\n  7  /a/web\n  8  /b/web"));
    EXPECT_EQ(find_cell(cells, "/b/web").value().id, 8U);
}

TEST(FindCell, TakesAnIdBeforeANameThatLooksLikeOne)
{
    std::vector<CellSnapshot> cells(2);
    cells[0].id = 1;
    cells[0].cgroup = "/jobs/2";
    cells[1].id = 2;
    cells[1].cgroup = "/jobs/1";
    EXPECT_EQ(find_cell(cells, "2").value().id, 2U);
}

} // namespace

} // namespace mitosis::ctl
