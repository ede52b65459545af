// SPDX-License-Identifier: GPL-2.0-only
// mitosisctl plan, from JSON to what is printed.
#include "temporary_directory.hpp"

#include "core/cpu_set.hpp"
#include "core/topology.hpp"
#include "core/virtual_llcs.hpp"
#include "ctl/failure.hpp"
#include "ctl/plan.hpp"
#include "ctl/plan_command.hpp"
#include "ctl/snapshot.hpp"
#include "support/builders.hpp"
#include "sys/hwloc_topology.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace mitosis::ctl {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

Json planned(std::string_view problem)
{
    const auto parsed = parse_plan(problem);
    EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error().message);
    return parsed ? Json::parse(plan_json(*parsed, solve(*parsed))) : Json();
}

Json cell_of(const Json &plan, std::string_view name)
{
    for (const Json &cell : plan["cells"])
        if (cell["name"] == name)
            return cell;
    return {};
}

std::string complaint(std::string_view problem)
{
    const auto parsed = parse_plan(problem);
    EXPECT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().status, ExitStatus::usage);
    return parsed.error().message;
}

CpuSet to_cpus(const Json &cell)
{
    return test::cpus(cell["cpus"].get<std::string>());
}

/// Of tests/data/topologies/gaps.xml.
CpuSet cpus_of_gaps()
{
    return sys::topology_from_xml(TEST_DATA "/topologies/gaps.xml").value().online();
}

std::string explained(std::string_view problem, std::string_view subject)
{
    const auto parsed = parse_plan(problem);
    const auto text = explain(*parsed, solve(*parsed), subject);
    return text ? *text : text.error().message;
}

constexpr std::string_view two_llcs = R"({"topology": "pack:2 l3:1 core:4 pu:1", )";

std::string on_two_llcs(std::string_view rest)
{
    return std::string(two_llcs) + std::string(rest) + "}";
}

TEST(Plan, DividesEquallyWithoutDemand)
{
    const Json plan = planned(on_two_llcs(R"("cells": [{"name": "web"}])"));
    EXPECT_EQ(cell_of(plan, "root")["cpus"], "0-3");
    EXPECT_EQ(cell_of(plan, "web")["cpus"], "4-7");
    EXPECT_EQ(cell_of(plan, "web")["id"], 1);
    EXPECT_EQ(plan["llc_splits"], 0);
    EXPECT_EQ(plan["share_error"], 0.0);
    EXPECT_TRUE(plan["unmet"].empty());
}

TEST(Plan, TakesTheTopologyFromAFileOfHwloc)
{
    const Json plan = planned(R"({"topology": {"xml": ")" TEST_DATA R"(/topologies/gaps.xml"},
        "cells": [{"name": "web"}]})");
    EXPECT_EQ(to_cpus(cell_of(plan, "root")) | to_cpus(cell_of(plan, "web")), cpus_of_gaps());
    EXPECT_THAT(complaint(R"({"topology": {"xml": "/nowhere.xml"}})"), HasSubstr("/nowhere.xml"));
}

TEST(Plan, TakesTheTopologyAsALabelledTextOrInLists)
{
    const Json web = Json::parse(R"([{"name": "web"}])");
    const auto on = [&](const char *topology) {
        return planned(Json{{"topology", Json::parse(topology)}, {"cells", web}}.dump());
    };
    const Json synthetic = on(R"({"synthetic": "pack:2 l3:1 core:2 pu:2"})");
    const Json listed = on(R"({"cpus": "0-7", "llcs": ["0-3", "4-7"], "nodes": ["0-3", "4-7"],
                               "cores": ["0-1", "2-3", "4-5", "6-7"]})");
    EXPECT_EQ(synthetic, listed);
    EXPECT_EQ(cell_of(listed, "root")["cpus"], "0-3");
    // The same CPUs, whose siblings are n and n + 4: a cell has whole cores.
    const Json apart = on(R"({"cpus": [0, 1, 2, 3, 4, 5, 6, 7],
                              "cores": ["0,4", "1,5", "2,6", "3,7"]})");
    EXPECT_EQ(cell_of(apart, "root")["cpus"], "0-1,4-5");
}

TEST(Plan, TellsHowManyCpusAreSplitOffAndHowFarTheSharesAre)
{
    // Of 7 CPUs in LLCs of 4 and 3 each cell is due 3.5: one has 4, and nobody is split.
    const Json plan = planned(R"({"topology": {"cpus": "0-6", "llcs": ["0-3", "4-6"]},
        "cells": [{"name": "web"}]})");
    EXPECT_EQ(plan["llc_splits"], 0);
    EXPECT_NEAR(plan["share_error"].get<double>(), 0.5 / 7, 1e-6);
    const Json split = planned(R"({"topology": {"cpus": "0-7", "llcs": ["0-3", "4-7"]},
        "cells": [{"name": "web", "cpuset": "2-5"}]})");
    EXPECT_EQ(split["llc_splits"], 2);
}

TEST(Plan, IsReadFromAFile)
{
    const sys::TemporaryDirectory files;
    files.write("problem.json", on_two_llcs(R"("cells": [{"name": "web"}])"));
    PlanOptions options;
    options.file = files.path("problem.json");
    options.format = PlanFormat::json;
    const auto text = run_plan(options);
    ASSERT_TRUE(text.has_value());
    EXPECT_EQ(cell_of(Json::parse(*text), "web")["cpus"], "4-7");
    options.explain = "cpu5";
    const auto why = run_plan(options);
    ASSERT_TRUE(why.has_value());
    EXPECT_THAT(Json::parse(*why)["explanation"].get<std::string>(), HasSubstr("web"));
    options.file = files.path("none.json");
    const auto missing = run_plan(options);
    EXPECT_EQ(missing.error().status, ExitStatus::usage);
    EXPECT_THAT(missing.error().message, HasSubstr("none.json: No such file or directory"));
}

TEST(Plan, NeedsNothingButTheTopologyForTheRootCell)
{
    EXPECT_EQ(cell_of(planned(on_two_llcs(R"("borrowing": true)")), "root")["cpus"], "0-7");
}

TEST(Plan, TakesDemandAsPartOfThePreviousCpus)
{
    const Json plan = planned(on_two_llcs(
        R"("cells": [{"name": "root", "demand": 0.1}, {"name": "a", "demand": 1.0},
           {"name": "b", "demand": 0.2}], "previous": {"root": "0-1", "a": "2-4", "b": "5-7"})"));
    EXPECT_EQ(cell_of(plan, "a")["quota"], 5.833333); // of 3 in 3.6 for two; root gets its one
    EXPECT_EQ(cell_of(plan, "a")["cpus"], "1-4,6-7");
    EXPECT_EQ(plan["moved"], 3);
}

TEST(Plan, DividesByTheProductOfBothWeights)
{
    const auto quota_of_web = [](std::string_view weights) {
        return cell_of(
            planned(on_two_llcs(R"("cells": [{"name": "web", )" + std::string(weights) + "}]")),
            "web")["quota"];
    };
    EXPECT_EQ(quota_of_web(R"("cpu-weight": 300)"), 6.0);
    EXPECT_EQ(quota_of_web(R"("weight": 300)"), 6.0);
    EXPECT_EQ(quota_of_web(R"("weight": 150, "cpu-weight": 200)"), 6.0);
}

TEST(Plan, MovesOneCpuWhereOneIsDue)
{
    const Json plan = planned(R"({"topology": {"cpus": "0-15"}, "cells": [
        {"name": "root", "demand": 0.76}, {"name": "a", "demand": 1}, {"name": "b", "demand": 1},
        {"name": "c", "demand": 1.26}], "previous": {"root": "0-3", "a": "4-7", "b": "8-11",
        "c": "12-15"}})");
    EXPECT_EQ(plan["moved"], 1);
    EXPECT_EQ(cell_of(plan, "a")["cpus"], "4-7");
}

TEST(Plan, DoesNotDependOnTheOrderOfCells)
{
    const Json one =
        planned(on_two_llcs(R"("cells": [{"name": "a"}, {"name": "b", "demand": 3}])"));
    const Json other =
        planned(on_two_llcs(R"("cells": [{"name": "b", "demand": 3}, {"name": "a"}])"));
    EXPECT_EQ(one, other);
}

TEST(Plan, NamesWhatCouldNotBeHad)
{
    const Json plan = planned(on_two_llcs(
        R"("cells": [{"name": "x", "cpuset": "0-1", "min-cpus": 4}, {"name": "y", "cpuset": "0"}])"));
    ASSERT_EQ(plan["unmet"].size(), 1U);
    EXPECT_EQ(plan["unmet"][0]["cell"], "x");
    EXPECT_EQ(plan["unmet"][0]["claim"], "min-cpus 4");
    EXPECT_EQ(plan["unmet"][0]["got"], 1);
    EXPECT_FALSE(plan["unmet"][0]["why"].get<std::string>().empty());
    EXPECT_EQ(cell_of(plan, "y")["cpus"], "0");
}

TEST(Plan, PoolsTheCellThatHasNoTasks)
{
    const Json plan = planned(R"({"topology": "core:2 pu:1",
        "cells": [{"name": "a", "populated": false}, {"name": "b"}], "previous": {"a": "1"}})");
    EXPECT_EQ(plan["pooled"], Json::array({"a"}));
    EXPECT_EQ(cell_of(plan, "b")["cpus"], "1");
}

TEST(Plan, PoolsCellsForWhichNoCpuIsLeft)
{
    const Json plan = planned(R"({"topology": "core:2 pu:1",
        "cells": [{"name": "a"}, {"name": "b"}]})");
    EXPECT_EQ(plan["pooled"], Json::array({"b"}));
    EXPECT_EQ(cell_of(plan, "b")["cpus"], "");
    EXPECT_EQ(plan["unmet"][0]["why"], "there are more cells than CPUs");
}

TEST(Plan, LendsByPolicy)
{
    const Json plan = planned(on_two_llcs(R"("borrowing": true, "cells": [
        {"name": "a", "exclusive": true, "cpuset": "0-1"}, {"name": "b", "borrow": false}])"));
    EXPECT_EQ(cell_of(plan, "a")["borrowable"], "");
    EXPECT_EQ(cell_of(plan, "a")["lend"], "none");
    EXPECT_EQ(cell_of(plan, "b")["borrowable"], "");
    EXPECT_EQ(cell_of(plan, "root")["borrowable"], cell_of(plan, "b")["cpus"]);
}

TEST(Plan, TakesATopologyFromLists)
{
    const Json plan =
        planned(R"({"topology": {"cpus": "0-3,8-11", "llcs": ["0-1,8-9", "2-3,10-11"]},
        "cells": [{"name": "a"}]})");
    EXPECT_EQ(cell_of(plan, "root")["cpus"], "0-1,8-9");
    EXPECT_EQ(cell_of(plan, "a")["cpus"], "2-3,10-11");
}

TEST(Plan, SaysWhatIsWrongWithAProblem)
{
    EXPECT_EQ(complaint("{"), "the problem is not JSON");
    EXPECT_THAT(complaint("[]"), HasSubstr("must be an object"));
    EXPECT_THAT(complaint(R"({"topology": "nonsense:"})"), HasSubstr("topology"));
    EXPECT_THAT(complaint(on_two_llcs(R"("cells": [{}])")), HasSubstr("cells[0] needs a name"));
    EXPECT_THAT(complaint(on_two_llcs(R"("cells": [{"name": "a"}, {"name": "a"}])")),
                HasSubstr("two cells called \"a\""));
    EXPECT_THAT(complaint(on_two_llcs(R"("cells": [{"name": "a", "cpuset": "x"}])")),
                HasSubstr("cells[0].cpuset"));
    EXPECT_THAT(complaint(on_two_llcs(R"("cells": [{"name": "a", "demand": -1}])")),
                HasSubstr("cells[0].demand"));
    EXPECT_THAT(complaint(on_two_llcs(R"("cells": [{"name": "a"}, {"name": "b"}],
                                         "previous": {"a": "0-3", "b": "3"})")),
                HasSubstr("previous.b"));
}

TEST(Plan, ExplainsACell)
{
    const std::string text = explained(
        on_two_llcs(R"("cells": [{"name": "x", "cpuset": "0-1", "min-cpus": 4, "demand": 0.5}],
                       "previous": {"x": "1"})"),
        "x");
    EXPECT_THAT(text, HasSubstr("Cell 1 (x): CPUs 0-1"));
    EXPECT_THAT(text, HasSubstr("demands 0.50 CPUs"));
    EXPECT_THAT(text, HasSubstr("cpuset 0-1"));
    EXPECT_THAT(text, HasSubstr("gains 0"));
    EXPECT_THAT(text, HasSubstr("\"min-cpus 4\" is not met (2 instead)"));
}

TEST(Plan, ExplainsACpu)
{
    const std::string problem =
        on_two_llcs(R"("cells": [{"name": "a"}], "previous": {"root": "0-4", "a": "5-7"})");
    EXPECT_THAT(explained(problem, "4"), HasSubstr("owned by a"));
    EXPECT_THAT(explained(problem, "cpu4"), HasSubstr("It leaves root"));
    EXPECT_THAT(explained(problem, "0"), HasSubstr("stays with its owner"));
    EXPECT_THAT(explained(problem, "99"), HasSubstr("no cell and no online CPU"));
}

TEST(Plan, ShowsATableAndAMap)
{
    const auto parsed = parse_plan(on_two_llcs(R"("cells": [{"name": "web"}])"));
    const std::string text = plan_text(*parsed, solve(*parsed));
    EXPECT_THAT(text, HasSubstr("web"));
    EXPECT_THAT(text, HasSubstr("LLC 0   root 0-3"));
    EXPECT_THAT(text, HasSubstr("LLC 1   web 4-7"));
}

/// A service of one cell with this setting of enable-llc-awareness, and cores as LLCs.
ServiceSnapshot service_of_small_llcs(bool llc_awareness)
{
    ServiceSnapshot service;
    service.config["virt-llc"] = std::string("1-1");
    service.config["enable-llc-awareness"] = llc_awareness;
    return service;
}

TEST(LivePlan, HasTheVirtualLlcsOfTheService)
{
    const std::vector<CellSnapshot> cells(1);
    const Topology machine = sys::read_topology().value();
    const auto split = live_plan(service_of_small_llcs(true), cells);
    ASSERT_TRUE(split.has_value());
    EXPECT_EQ(split->topology.llc_count(),
              split_llcs(machine, {.min_cores = 1, .max_cores = 1}).llc_count());
    const auto whole = live_plan(service_of_small_llcs(false), cells);
    ASSERT_TRUE(whole.has_value());
    EXPECT_EQ(whole->topology.llc_count(), machine.llc_count());
}

} // namespace
} // namespace mitosis::ctl
