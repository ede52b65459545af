// SPDX-License-Identifier: GPL-2.0-only
// mitosisctl plan --live against the engine itself: what it plans is what a dry run of Rebalance
// says.
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"
#include "dbus/worlds.hpp"

#include "core/cell_policy.hpp"
#include "core/cgroup_scan.hpp"
#include "core/config.hpp"
#include "core/cpu_set.hpp"
#include "core/decide.hpp"
#include "core/ids.hpp"
#include "core/status.hpp"
#include "engine/monitor.hpp"
#include "support/builders.hpp"
#include "support/fakes.hpp"
#include "support/interface_members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::test {

namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

Config rebalancing()
{
    Config config;
    config.cell_parent_cgroup = "/work.slice";
    config.rebalancing.enabled = true;
    return config;
}

CgroupScan three_cells()
{
    CgroupEntry heavy = entry(1002, "/work.slice/heavy");
    heavy.weight = 300;
    return scan({entry(1001, "/work.slice/batch"), heavy, entry(1003, "/work.slice/web", "4-7")});
}

/// Eight CPUs in two LLCs; "batch" has used 6 CPUs for a second, "heavy" 3, the others nothing.
class LivePlan : public ::testing::Test {
protected:
    /// Shows on the bus what the engine knows after a second, and answers as it would.
    void run_a_second(const Config &config)
    {
        engine::Monitor monitor(config, topology(2, 4, 1), 16, at(0),
                                {.scheduler = scheduler_, .cgroups = cgroups_, .status = sink_});
        ASSERT_TRUE(monitor.tick(at(0), engine::ScanDue::yes));
        ASSERT_TRUE(monitor.tick(at(1), engine::ScanDue::yes));
        scheduler_.set_run(CellId{1}, 6s);
        scheduler_.set_run(CellId{2}, 3s);
        ASSERT_TRUE(monitor.tick(at(2), engine::ScanDue::yes));
        auto facts = running_facts();
        facts.settings = config;
        facts.config["enable-borrowing"] = config.features.borrowing;
        service_.set_facts(std::move(facts));
        service_.publish(sink_.published().back());
        service_.control.rebalance_answer = monitor.preview(at(2), Force::yes);
    }

    [[nodiscard]] Json mitosisctl(std::vector<std::string> words) const
    {
        words.insert(words.begin(), {"env", "HWLOC_SYNTHETIC=pack:1 l3:2 core:4 pu:1",
                                     required_env("MITOSISCTL")});
        words.emplace_back("--json");
        const auto result = run(bus_, std::move(words));
        EXPECT_EQ(result.exit_status, 0) << result.errors;
        return Json::parse(result.output);
    }

    /// Who would own what: as it is, changed by what the dry run says.
    [[nodiscard]] std::map<std::uint32_t, CpuSet> after_the_dry_run() const
    {
        std::map<std::uint32_t, CpuSet> owned;
        for (const CellStatus &cell : sink_.published().back().cells)
            owned[index_of(cell.cell.id)] = cell.cpus;
        const Json changes = mitosisctl({"rebalance", "--dry-run"})["changes"];
        EXPECT_FALSE(changes.empty()) << "the test shows nothing";
        for (const Json &change : changes) {
            CpuSet &cpus = owned[change["cell"].get<std::uint32_t>()];
            for (const unsigned cpu : change["gained"].get<std::vector<unsigned>>())
                cpus.insert(cpu);
            for (const unsigned cpu : change["lost"].get<std::vector<unsigned>>())
                cpus.erase(cpu);
        }
        return owned;
    }
    [[nodiscard]] std::map<std::uint32_t, CpuSet> planned() const
    {
        std::map<std::uint32_t, CpuSet> owned;
        const Json plan = mitosisctl({"plan", "--live"});
        for (const Json &cell : plan["cells"])
            owned[cell["id"].get<std::uint32_t>()] = cpus(cell["cpus"].get<std::string>());
        return owned;
    }

    FakeScheduler scheduler_;
    FakeCgroups cgroups_;
    FakeSink sink_;
    PrivateBus bus_;
    ServiceThread service_{bus_.address()};
};

TEST_F(LivePlan, GoesByTheDemandThatIsDue)
{
    cgroups_.set(three_cells());
    run_a_second(rebalancing());
    EXPECT_EQ(planned(), after_the_dry_run());
}

TEST_F(LivePlan, GoesByRulesOfCells)
{
    Config config = rebalancing();
    config.cell0_min_cpus = 2;
    config.cell_rules = {{.pattern = "batch", .max_cpus = 2}, {.pattern = "h*", .weight = 400}};
    cgroups_.set(three_cells());
    run_a_second(config);
    EXPECT_EQ(planned(), after_the_dry_run());
}

TEST_F(LivePlan, NamesCellsByTheirPathsWhereTheyAreNestedAlike)
{
    cgroups_.set(scan({entry(1001, "/work.slice/a"), entry(1002, "/work.slice/b/a")}));
    run_a_second(rebalancing());
    const Json plan = mitosisctl({"plan", "--live"});
    EXPECT_EQ(plan["cells"][1]["name"], "/work.slice/a");
    EXPECT_EQ(plan["cells"][2]["name"], "/work.slice/b/a");
    EXPECT_EQ(planned(), after_the_dry_run());
}

TEST_F(LivePlan, CountsNoDemandWithoutRebalancing)
{
    Config config = rebalancing();
    config.rebalancing.enabled = false;
    cgroups_.set(three_cells());
    run_a_second(config);
    EXPECT_EQ(mitosisctl({"plan", "--live"})["moved"], 0);
}

} // namespace

} // namespace mitosis::test
