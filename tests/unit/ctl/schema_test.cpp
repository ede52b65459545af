// SPDX-License-Identifier: GPL-2.0-only
// The section JSON of mitosisctl(1) names exactly the keys that each command prints.
#include "core/ids.hpp"
#include "ctl/finding.hpp"
#include "ctl/json.hpp"
#include "ctl/snapshot.hpp"
#include "ctl/top_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace mitosis::ctl {

namespace {

using Json = nlohmann::json;
using Keys = std::set<std::string>;

/// What the page says of the command in that section: "_key_" in the paragraph below its name.
Keys documented(const std::string &command)
{
    std::ifstream file(MITOSISCTL_PAGE);
    const std::string page{std::istreambuf_iterator(file), {}};
    const auto begin = page.find("\n# JSON\n");
    std::istringstream lines(page.substr(begin, page.find("\n# EXIT STATUS\n") - begin));
    std::string paragraph;
    bool is_inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('*'))
            is_inside = line.contains("*" + command + "*");
        else if (is_inside)
            paragraph += line + "\n";
    }
    Keys keys;
    const std::regex key("_([a-z][a-z0-9_-]*)_(?![a-z0-9])");
    for (std::sregex_iterator found(paragraph.begin(), paragraph.end(), key);
         found != std::sregex_iterator(); ++found)
        keys.insert((*found)[1].str());
    return keys;
}

/// The keys of an object, and with `deep` those of the objects below it.
enum class Depth { top, all };

Keys keys_of(const Json &json, Depth depth)
{
    Keys keys;
    for (const auto &[key, value] : json.items()) {
        if (json.is_object() && key != "schema" && key != "NAME") // of a rule in the samples
            keys.insert(key);
        if (depth == Depth::all && value.is_structured())
            keys.merge(keys_of(value, depth));
    }
    return keys;
}

Keys printed(const std::string &text, Depth depth)
{
    return keys_of(Json::parse(text), depth);
}

ServiceSnapshot a_service()
{
    ServiceSnapshot service;
    service.unmet = {{.cell = 1, .claim = "a CPU", .got = 0, .why = "w"}};
    service.warnings = {{.kind = "k", .cgroup = "/c", .reason = "r"}};
    service.last_exit.kind = 1;
    service.cell_rules = {{.pattern = "NAME", .llcs = {{LlcId{0}}}, .cpus = to_set({1})}};
    return service;
}

CellSnapshot a_cell()
{
    CellSnapshot cell;
    cell.claim.emplace();
    return cell;
}

const std::vector<CellChange> one_change{{.cell = 1, .gained = {2}, .lost = {3}}};

TEST(Schema, OfWhatIsShownIsInTheManualPage)
{
    EXPECT_EQ(printed(to_json(a_service()), Depth::all), documented("status"));
    EXPECT_EQ(printed(config_to_json(a_service()), Depth::top), documented("config"));
    EXPECT_EQ(printed(to_json(std::vector{a_cell()}), Depth::all), documented("cells"));
    EXPECT_EQ(printed(to_json(a_cell()), Depth::top), documented("cell"));
    EXPECT_EQ(printed(dump_to_json("text"), Depth::all), documented("dump"));
    EXPECT_EQ(printed(top_to_json(a_service(), std::vector<CellActivity>(1)), Depth::all),
              documented("top"));
    const std::vector<Finding> findings(1);
    EXPECT_EQ(printed(to_json(findings), Depth::all), documented("doctor"));
    EXPECT_EQ(documented("verify"), documented("doctor"));
}

TEST(Schema, OfMetricsIsInTheManualPage)
{
    const std::string text = metrics_to_json(a_service(), std::vector{a_cell()});
    Keys keys = printed(text, Depth::top);
    keys.merge(keys_of(Json::parse(text)["cells"][0], Depth::top));
    EXPECT_EQ(keys, documented("metrics"));
}

TEST(Schema, OfWhatIsChangedIsInTheManualPage)
{
    EXPECT_EQ(printed(to_json(RebalanceResult{.generation = 1, .changes = one_change}), Depth::all),
              documented("rebalance"));
    EXPECT_EQ(
        printed(to_json(ConfigResult{.generation = 1, .changed = {"a"}, .changes = one_change}),
                Depth::top),
        documented("set"));
    for (const char *other : {"reset", "reload"})
        EXPECT_EQ(documented(other), documented("set"));
}

TEST(Schema, OfEventsIsInTheManualPage)
{
    Keys keys{"name", "value"}; // of a changed property
    for (const auto kind :
         {Happening::Kind::rebalanced, Happening::Kind::reconfigured, Happening::Kind::exited,
          Happening::Kind::cell_added, Happening::Kind::cell_removed, Happening::Kind::changed,
          Happening::Kind::scheduler_event, Happening::Kind::events_left_out,
          Happening::Kind::service_gone, Happening::Kind::service_came}) {
        Happening happening;
        happening.kind = kind;
        happening.changes = one_change;
        keys.merge(printed(to_json(happening), Depth::top));
    }
    EXPECT_EQ(keys, documented("monitor"));
}

} // namespace

} // namespace mitosis::ctl
