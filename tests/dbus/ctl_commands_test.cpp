// SPDX-License-Identifier: GPL-2.0-only
// The further commands of mitosisctl against a real service on a private bus, and its completions.
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"
#include "dbus/worlds.hpp"

#include "core/ids.hpp"
#include "core/status.hpp"
#include "engine/ports.hpp"
#include "support/builders.hpp"
#include "support/interface_members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <future>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::test {

namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using Json = nlohmann::json;

struct Commands : ::testing::Test {
    Commands()
    {
        Status status = running_status({"0-3", "4-7"});
        status.cells[1].cell.path = "/work.slice/web";
        auto facts = running_facts();
        facts.config["log-level"] = std::string("info");
        facts.config["cell-exclude"] = std::vector<std::string>{};
        facts.config["monitor-interval-s"] = 1.0;
        service.set_facts(std::move(facts));
        service.publish(status);
    }
    [[nodiscard]] ProgramResult mitosisctl(std::vector<std::string> words) const
    {
        words.insert(words.begin(), required_env("MITOSISCTL"));
        return run(bus, std::move(words));
    }
    [[nodiscard]] Json json(std::vector<std::string> words) const
    {
        words.emplace_back("--json");
        const auto result = mitosisctl(std::move(words));
        EXPECT_EQ(result.errors, "");
        return Json::parse(result.output);
    }

    PrivateBus bus;
    ServiceThread service{bus.address()};
};

TEST_F(Commands, SetsSettingsWithTheTypesThatTheyHave)
{
    service.control.reconfigure_answer = {.generation = 4, .changed = {"slice-us"}};
    const auto result = mitosisctl({"set", "slice-us=5000", "monitor-interval-s=2",
                                    "cell-exclude=a,b", "--if-generation", "3", "--reattach"});
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    EXPECT_EQ(result.output, "Set, generation 4; changed: slice-us\n");
    ASSERT_EQ(service.control.reconfigures.size(), 1U);
    const auto &request = service.control.reconfigures.front();
    EXPECT_EQ(request.settings.size(), 3U);
    EXPECT_EQ(request.expected_generation, 3U);
    EXPECT_TRUE(request.allow_reattach);
    EXPECT_FALSE(request.dry_run);
}

TEST_F(Commands, TriesSettings)
{
    EXPECT_THAT(mitosisctl({"set", "slice-us=5000", "--dry-run"}).output,
                StartsWith("Would be set (nothing was done)"));
    EXPECT_TRUE(service.control.reconfigures.front().dry_run);
}

TEST_F(Commands, SaysWhatSettingsWouldMove)
{
    service.control.reconfigure_answer = engine::ReconfigureOutcome{
        .generation = 4,
        .changed = {"cell-exclude"},
        .shifts = {{.cell = CellId{1}, .gained = cpus("0-1"), .lost = cpus("7")}}};
    EXPECT_EQ(mitosisctl({"set", "cell-exclude=a", "--dry-run"}).output,
              "Would be set (nothing was done), generation 4; changed: cell-exclude\n"
              "  cell 1: gains 0-1, loses 7\n");
    EXPECT_EQ(json({"set", "cell-exclude=a"})["changes"],
              Json::parse(R"([{"cell": 1, "gained": [0, 1], "lost": [7]}])"));
}

TEST_F(Commands, EndsWithTwoForWhatIsNoAssignment)
{
    const auto result = mitosisctl({"set", "slice-us"});
    EXPECT_EQ(result.exit_status, 2);
    EXPECT_THAT(result.errors, HasSubstr("NAME=VALUE"));
    EXPECT_THAT(service.control.reconfigures, IsEmpty());
}

TEST_F(Commands, DropsWhatWasSet)
{
    EXPECT_EQ(mitosisctl({"reset", "slice-us"}).exit_status, 0);
    EXPECT_EQ(mitosisctl({"reset"}).exit_status, 0);
    EXPECT_THAT(service.control.resets, ElementsAre(ElementsAre("slice-us"), IsEmpty()));
}

TEST_F(Commands, ShowsTheConfiguration)
{
    EXPECT_THAT(mitosisctl({"config"}).output,
                AllOf(HasSubstr("slice-us = 20000\n"), HasSubstr("monitor-interval-s = 1.0\n"),
                      HasSubstr("cell-parent-cgroup = \"/work.slice\"\n")));
    EXPECT_EQ(mitosisctl({"config", "--files"}).output, "/etc/scx-mitosis/mitosis.toml\n");
    EXPECT_THAT(mitosisctl({"config", "--names"}).output, HasSubstr("\nslice-us\n"));
    EXPECT_EQ(json({"config"})["config"]["slice-us"], 20000);
}

TEST_F(Commands, ShowsThePolicyOfCells)
{
    auto facts = running_facts();
    facts.settings.cell_rules = {{.pattern = "w*", .max_cpus = 6, .llcs = {{LlcId{0}, LlcId{1}}}}};
    service.set_facts(std::move(facts));
    const std::string table = "\n[cell.\"w*\"]\nmax-cpus = 6\nllcs = \"0-1\"\n";
    EXPECT_THAT(mitosisctl({"config"}).output, EndsWith(table));
    EXPECT_EQ(mitosisctl({"config", "--diff"}).output, table);
    EXPECT_EQ(json({"config"})["cell_rules"], Json::parse(R"({"w*":{"max-cpus":6,"llcs":[0,1]}})"));
    EXPECT_THAT(mitosisctl({"cell", "web"}).output,
                HasSubstr("Claim  max-cpus = 6, llcs = \"0-1\"\n"));
    EXPECT_EQ(json({"cell", "web"})["cell"]["claim"]["max-cpus"], 6);
    EXPECT_THAT(mitosisctl({"cell", "0"}).output, HasSubstr("Claim  nothing special\n"));
}

TEST_F(Commands, FindsTheCellOfAProcess)
{
    // Our own cgroup is none of the cells', so it is the root cell's.
    const auto result = mitosisctl({"cell", std::to_string(::getpid())});
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    EXPECT_THAT(result.output, HasSubstr("Cell  0 (root)"));
    EXPECT_EQ(mitosisctl({"cell", "999999999"}).exit_status, 1);
}

TEST_F(Commands, PrintsMetricsInBothFormats)
{
    EXPECT_THAT(mitosisctl({"metrics"}).output,
                HasSubstr(R"(scx_mitosis_cell_cpus{cell="1",cgroup="/work.slice/web"} 4)"));
    const Json metrics = json({"metrics"});
    EXPECT_EQ(metrics["cells"][1]["cpus"], 4);
    EXPECT_TRUE(metrics["total"].contains("RebalanceCount"));
    EXPECT_EQ(mitosisctl({"metrics", "--format", "json"}).output,
              mitosisctl({"metrics", "--json"}).output);
}

TEST_F(Commands, DumpsWhatTheServiceKnows)
{
    const auto result = mitosisctl({"dump"});
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    EXPECT_THAT(result.output, HasSubstr("/work.slice/web"));
}

TEST_F(Commands, DumpsItAsJson)
{
    EXPECT_THAT(json({"dump"})["dump"].get<std::string>(), HasSubstr("/work.slice/web"));
}

TEST_F(Commands, FindsTheDriftOfAWorldThatIsOnlyFaked)
{
    const auto result = mitosisctl({"verify"});
    EXPECT_EQ(result.exit_status, 1) << result.errors;
    EXPECT_THAT(result.output, HasSubstr("problem  scheduler"));
    EXPECT_EQ(json({"verify"})["findings"].size(), 6U);
}

TEST_F(Commands, ShowWhatCouldNotBeMet)
{
    Status status = running_status({"0-3", "4-7"});
    status.unmet = {{.cell = CellId{1}, .claim = "min-cpus 5", .got = 4, .why = "no more"}};
    service.publish(status);
    EXPECT_THAT(mitosisctl({"status"}).output,
                HasSubstr("Unmet  cell 1 wants min-cpus 5, has 4: no more\n"));
    EXPECT_EQ(json({"status"})["unmet"][0]["claim"], "min-cpus 5");
    EXPECT_THAT(mitosisctl({"dump"}).output,
                HasSubstr("Unmet: cell 1 wants min-cpus 5, has 4: no more\n"));
}

TEST_F(Commands, ComparesTheKernelsOwnersWithThePlan)
{
    EXPECT_THAT(mitosisctl({"verify"}).output, HasSubstr("     ok  kernel: every CPU"));
    Status status = running_status({"0-3", "4-7"});
    status.ownership->owners[4] = CellId{0};
    service.publish(status);
    EXPECT_THAT(mitosisctl({"verify"}).output,
                HasSubstr("problem  kernel: cell 0 has 0-4 in the kernel, 0-3 in the plan"));
    EXPECT_THAT(mitosisctl({"dump"}).output, HasSubstr("KernelOwners.0: 0-4\n"));
}

TEST_F(Commands, ExaminesTheMachine)
{
    EXPECT_THAT(mitosisctl({"doctor"}).output, HasSubstr("service: running, version 1.2.3"));
    EXPECT_FALSE(json({"doctor"})["findings"].empty());
}

TEST_F(Commands, PrintsTheTopInABatch)
{
    const auto result = mitosisctl({"top", "-b", "-n", "2", "-d", "0.01"});
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    // Which CPUs share a cache is this machine's own.
    EXPECT_THAT(result.output, ContainsRegex("\nLLC 0   0+1*  CPUs 0"));
    EXPECT_THAT(result.output, HasSubstr("\n\nmitosis  running")); // the second picture
    const auto as_json = mitosisctl({"top", "-n", "1", "--json"});
    EXPECT_EQ(Json::parse(as_json.output)["cells"][1]["cgroup"], "/work.slice/web");
}

TEST_F(Commands, TellsWhatHappens)
{
    auto watching = std::async(std::launch::async,
                               [this] { return mitosisctl({"monitor", "--json", "-n", "2"}); });
    // Signals before it listens are lost, so cells come and go until it has heard two.
    for (std::uint32_t round = 0;
         watching.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready; ++round) {
        Status status = running_status({"0-3", "4-7"});
        status.cells[1].cell.instance = 10 + round;
        service.publish(status);
    }
    const auto result = watching.get();
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    std::istringstream lines(result.output);
    for (std::string line; std::getline(lines, line);)
        EXPECT_THAT(Json::parse(line)["event"].get<std::string>(),
                    ::testing::AnyOf("cell-added", "cell-removed", "changed"))
            << line;
}

TEST_F(Commands, TellWhatTheSchedulerNotices)
{
    auto facts = running_facts();
    facts.settings.features.debug_events = true;
    service.set_facts(std::move(facts));
    const auto heard = [this](std::vector<std::string> words) {
        auto watching =
            std::async(std::launch::async, [this, &words] { return mitosisctl(words); });
        while (watching.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready)
            service.tell({.events = {borrow_event(), borrow_event()}, .lost = 1});
        return watching.get().output;
    };
    EXPECT_THAT(heard({"monitor", "-n", "9"}),
                AllOf(HasSubstr("  borrow, CPU 3: task 77 of cgroup 1234 runs on a CPU of cell 1, "
                                "which is not its own\n"),
                      ContainsRegex("left out, because there were too many: [0-9]+\n")));
    EXPECT_THAT(heard({"monitor", "-n", "9", "--json"}),
                HasSubstr(R"("event":"scheduler-event","kind":"borrow","monotonic_us":5000000,)"
                          R"("pid":77,"cgroup_id":1234,"cell":1,"cpu":3})"));
}

TEST_F(Commands, EndsAfterSoManyEventsThoughMoreComeAtOnce)
{
    auto facts = running_facts();
    facts.settings.features.debug_events = true;
    service.set_facts(std::move(facts));
    auto watching =
        std::async(std::launch::async, [this] { return mitosisctl({"monitor", "-n", "3"}); });
    while (watching.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready)
        service.tell({.events = std::vector(100, borrow_event()), .lost = 0});
    EXPECT_EQ(std::ranges::count(watching.get().output, '\n'), 3);
}

TEST_F(Commands, CompleteWithLiveCellsAndSettings)
{
    const std::string folder = required_env("COMPLETIONS");
    const auto offered = [&](const std::string &shell, const std::string &line) {
        return run(bus, {"bash", required_env("COMPLETIONS_TEST"), shell, folder, line}).output;
    };
    for (const char *shell : {"bash", "fish", "zsh"}) {
        EXPECT_THAT(offered(shell, "mitosisctl cell "), HasSubstr("web\n")) << shell;
        EXPECT_THAT(offered(shell, "mitosisctl reset sl"), StartsWith("slice-us")) << shell;
        EXPECT_THAT(offered(shell, "mitosisctl re"), HasSubstr("rebalance")) << shell;
        EXPECT_THAT(offered(shell, "mitosisctl set sl"), StartsWith("slice-us")) << shell;
        EXPECT_THAT(offered(shell, "mitosisctl rebalance --"),
                    AllOf(HasSubstr("--force"), HasSubstr("--dry-run"), HasSubstr("--json"),
                          Not(HasSubstr("--names"))))
            << shell;
        EXPECT_THAT(offered(shell, "mitosisctl cells --"),
                    AllOf(HasSubstr("--names"), Not(HasSubstr("--force"))))
            << shell;
    }
}

/// Whoever may make a cgroup names it.
struct OddNames : Commands {
    OddNames()
    {
        Status status = running_status({"0-1", "2-3", "4-5", "6", "7"});
        status.cells[1].cell.path = "/work.slice/\xff";
        status.cells[2].cell.path = "/work.slice/a\x1b[2J\nb";
        status.cells[3].cell.path = "/work.slice/$(echo INJECTED)";
        status.cells[4].cell.path = R"(/work.slice/dev\x2ddisk)";
        service.publish(status);
    }
};

TEST_F(OddNames, AreShownAsText)
{
    const std::string cells = mitosisctl({"cells"}).output;
    EXPECT_THAT(cells,
                AllOf(HasSubstr(R"(/work.slice/\xff )"), HasSubstr(R"(/work.slice/a\x1b[2J\x0ab )"),
                      HasSubstr(R"(/work.slice/dev\x2ddisk )")));
    EXPECT_EQ(json({"cells"})["cells"][1]["cgroup"], R"(/work.slice/\xff)");
    EXPECT_EQ(json({"cells"})["cells"][2]["cgroup"], "/work.slice/a\x1b[2J\nb");
    EXPECT_THAT(mitosisctl({"cell", R"(\xff)"}).output, HasSubstr("Cell  1 "));
    EXPECT_EQ(mitosisctl({"status"}).exit_status, 0);
    EXPECT_THAT(mitosisctl({"cell", "none"}).errors, HasSubstr(R"(a\x1b[2J)"));
}

TEST_F(OddNames, AreOfferedByBashAsItMustQuoteThem)
{
    const std::string offered = run(bus, {"bash", required_env("COMPLETIONS_TEST"), "bash",
                                          required_env("COMPLETIONS"), "mitosisctl cell "})
                                    .output;
    EXPECT_THAT(offered, AllOf(HasSubstr(R"(\$\(echo\ INJECTED\))"), HasSubstr(R"(dev\\x2ddisk)")));
    EXPECT_THAT(offered, Not(HasSubstr("\nINJECTED")));
    EXPECT_THAT(offered, Not(HasSubstr("\x1b")));
}

} // namespace

} // namespace mitosis::test
