// SPDX-License-Identifier: GPL-2.0-only
// mitosisctl against a real service on a private bus: what it says and how it ends.
#include "dbus/fake_polkit.hpp"
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"
#include "dbus/worlds.hpp"

#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/refusal.hpp"
#include "core/status.hpp"
#include "engine/ports.hpp"
#include "support/builders.hpp"
#include "support/interface_members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace mitosis::test {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::vector<std::string> mitosisctl(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), required_env("MITOSISCTL"));
    return arguments;
}

struct Mitosisctl : ::testing::Test {
    Mitosisctl()
    {
        service.set_facts(running_facts());
        service.publish(running_status({"0-3", "4-7"}));
    }

    PrivateBus bus;
    ServiceThread service{bus.address()};
};

TEST_F(Mitosisctl, ShowsTheStatus)
{
    const auto result = run(bus, mitosisctl({"status"}));
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    EXPECT_THAT(result.output,
                AllOf(HasSubstr("running"), HasSubstr("0-7 (8)"), HasSubstr("2 of at most 256")));
}

TEST_F(Mitosisctl, ShowsWhatTheKernelLacks)
{
    auto facts = running_facts();
    facts.fallbacks = {"slices are written directly"};
    service.set_facts(facts);
    auto status = running_status({"0-3", "4-7"});
    status.warnings = {{.cgroup = "/work.slice/cell1", .reason = "cpu.max is not enforced"}};
    service.publish(status);
    EXPECT_THAT(run(bus, mitosisctl({"status"})).output,
                AllOf(HasSubstr("Fallbacks  slices are written directly\n"),
                      HasSubstr("Warnings  /work.slice/cell1: cpu.max is not enforced\n")));
}

TEST_F(Mitosisctl, ShowsTheCells)
{
    const auto result = run(bus, mitosisctl({"cells"}));
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    EXPECT_THAT(result.output, HasSubstr(" 1  /work.slice/cell1  4-7   4"));
}

TEST_F(Mitosisctl, PrintsJson)
{
    EXPECT_THAT(run(bus, mitosisctl({"status", "--json"})).output,
                AllOf(HasSubstr("\"state\": \"running\""), HasSubstr("\"slice-us\": 20000")));
    EXPECT_THAT(run(bus, mitosisctl({"cells", "--json"})).output,
                HasSubstr("\"cgroup\": \"/work.slice/cell1\""));
}

TEST_F(Mitosisctl, FindsACellByNameOrId)
{
    EXPECT_THAT(run(bus, mitosisctl({"cell", "cell1"})).output, HasSubstr("4-7 (4)"));
    EXPECT_THAT(run(bus, mitosisctl({"cell", "1"})).output, HasSubstr("4-7 (4)"));
    const auto unknown = run(bus, mitosisctl({"cell", "web"}));
    EXPECT_EQ(unknown.exit_status, 1);
    EXPECT_THAT(unknown.errors, HasSubstr("/work.slice/cell1"));
}

TEST_F(Mitosisctl, AsksForARebalance)
{
    service.control.rebalance_answer = engine::RebalanceOutcome{
        .generation = 1, .shifts = {{.cell = CellId{1}, .gained = cpus("3"), .lost = cpus("6-7")}}};
    const auto result = run(bus, mitosisctl({"rebalance", "--dry-run"}));
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    EXPECT_THAT(result.output, HasSubstr("cell 1: gains 3, loses 6-7"));
    ASSERT_EQ(service.control.requests.size(), 1U);
    EXPECT_TRUE(service.control.requests[0].dry_run);
}

TEST_F(Mitosisctl, ForcesARebalanceOnlyWhenToldTo)
{
    service.control.rebalance_answer = refuse(Refusal::rebalance_held_back, "nothing moved: why");
    const auto held_back = run(bus, mitosisctl({"rebalance"}));
    EXPECT_EQ(held_back.exit_status, 1);
    EXPECT_THAT(held_back.errors, HasSubstr("nothing moved: why"));
    service.control.rebalance_answer = engine::RebalanceOutcome{};
    EXPECT_EQ(run(bus, mitosisctl({"rebalance", "--force"})).exit_status, 0);
    ASSERT_EQ(service.control.requests.size(), 2U);
    EXPECT_FALSE(service.control.requests[0].force);
    EXPECT_TRUE(service.control.requests[1].force);
}

TEST_F(Mitosisctl, AsksForAReload)
{
    service.control.reload_answer =
        engine::ReconfigureOutcome{.generation = 3, .changed = {"slice-us"}};
    EXPECT_THAT(run(bus, mitosisctl({"reload"})).output,
                HasSubstr("generation 3; changed: slice-us"));
}

TEST_F(Mitosisctl, RepeatsWhyAReloadIsRefused)
{
    service.control.reload_answer = fail(EINVAL, "/etc/x.toml:3:1: slice-us: 0 is out of range");
    const auto result = run(bus, mitosisctl({"reload"}));
    EXPECT_EQ(result.exit_status, 1);
    EXPECT_EQ(result.output, "");
    EXPECT_THAT(result.errors, AllOf(HasSubstr("/etc/x.toml:3:1: slice-us: 0 is out of range"),
                                     HasSubstr("org.scx.Mitosis.Error.InvalidSetting")));
}

TEST_F(Mitosisctl, EndsWithFourWhereItIsDenied)
{
    const auto result = run_as_nobody(bus, {bus.publish(required_env("MITOSISCTL")), "reload"});
    EXPECT_EQ(result.exit_status, 4);
    EXPECT_THAT(result.errors, HasSubstr("as root"));
}

/// The shell's words, as nobody.
ProgramResult shell(const PrivateBus &bus, const std::string &words)
{
    return run_as_nobody(bus, {"sh", "-c", words});
}

TEST_F(Mitosisctl, LetsPolkitAskWhereSomebodySitsAtATerminal)
{
    FakePolkit polkit(bus.address(), Verdict::challenge);
    const std::string program = bus.publish(required_env("MITOSISCTL"));
    for (const char *command : {"reload", "rebalance", "reset", "set slice-us=5000"}) {
        const auto result =
            shell(bus, "script -qec '" + program + " " + command + "' /dev/null </dev/null");
        EXPECT_EQ(result.exit_status, 4) << result.output;
        EXPECT_THAT(result.output, HasSubstr("run it as root, or let a rule of polkit"));
    }
    ASSERT_EQ(polkit.checks().size(), 4U);
    for (const PolkitCheck &check : polkit.checks())
        EXPECT_EQ(check.flags, 1U) << check.action;
}

TEST_F(Mitosisctl, LetsPolkitAskNobodyWithoutATerminal)
{
    FakePolkit polkit(bus.address(), Verdict::challenge);
    const std::string program = bus.publish(required_env("MITOSISCTL"));
    const auto result = shell(bus, program + " reload </dev/null");
    EXPECT_EQ(result.exit_status, 4);
    EXPECT_THAT(result.errors, HasSubstr("or on a terminal"));
    ASSERT_EQ(polkit.checks().size(), 1U);
    EXPECT_EQ(polkit.checks()[0].flags, 0U);
}

TEST_F(Mitosisctl, PrintsTheStatusWithoutACommand)
{
    const auto result = run(bus, mitosisctl({}));
    EXPECT_EQ(result.exit_status, 0);
    EXPECT_EQ(result.output, run(bus, mitosisctl({"status"})).output);
}

TEST_F(Mitosisctl, EndsWithTwoWhenItIsUsedWrongly)
{
    EXPECT_EQ(run(bus, mitosisctl({"stauts"})).exit_status, 2);
    EXPECT_EQ(run(bus, mitosisctl({"cell"})).exit_status, 2);
}

TEST(MitosisctlAlone, EndsWithThreeWithoutAService)
{
    const PrivateBus bus;
    const auto result = run(bus, mitosisctl({"status"}));
    EXPECT_EQ(result.exit_status, 3);
    EXPECT_THAT(result.errors, HasSubstr("systemctl start scx-mitosis"));
}

TEST(MitosisctlAlone, DoesNotWaitForAServiceThatIsNotThere)
{
    const PrivateBus bus;
    const auto result = run(bus, mitosisctl({"monitor"}));
    EXPECT_EQ(result.exit_status, 3);
    EXPECT_THAT(result.errors, HasSubstr("systemctl start scx-mitosis"));
}

/// A monitor in the background that writes into a file what it hears.
class Monitor {
public:
    explicit Monitor(const PrivateBus &bus, unsigned count)
        : file_(std::filesystem::temp_directory_path() /
                ("mitosisctl-monitor-" + std::to_string(::getpid())))
    {
        result_ = std::async(std::launch::async, [this, &bus, count] {
            return run(bus, {"sh", "-c", "exec \"$0\" monitor --json -n \"$1\" >\"$2\"",
                             required_env("MITOSISCTL"), std::to_string(count), file_.string()});
        });
    }
    ~Monitor() { std::filesystem::remove(file_); }
    Monitor(const Monitor &) = delete;
    Monitor &operator=(const Monitor &) = delete;

    [[nodiscard]] std::string heard() const
    {
        std::ifstream file(file_);
        return {std::istreambuf_iterator(file), {}};
    }
    /// Does it again and again until the text was heard; whether it was, within the deadline.
    [[nodiscard]] bool hears(const std::string &text, const std::function<void()> &act) const
    {
        const auto end = std::chrono::steady_clock::now() + deadline;
        while (!heard().contains(text) && std::chrono::steady_clock::now() < end) {
            act();
            (void)result_.wait_for(std::chrono::milliseconds(20));
        }
        return heard().contains(text);
    }
    [[nodiscard]] bool is_over() const
    {
        return result_.wait_for(std::chrono::milliseconds(20)) == std::future_status::ready;
    }
    [[nodiscard]] int exit_status() { return result_.get().exit_status; }

private:
    std::filesystem::path file_;
    std::future<ProgramResult> result_;
};

TEST(MitosisctlAlone, HearsThatTheServiceGoesAndComes)
{
    const PrivateBus bus;
    auto service = std::make_unique<ServiceThread>(bus.address());
    unsigned round = 0;
    const auto exchange_a_cell = [&] {
        Status status = running_status({"0-3", "4-7"});
        status.cells[1].cell.instance = ++round;
        service->publish(status);
    };
    Monitor monitor(bus, 200); // more than it hears before the service goes and comes
    ASSERT_TRUE(monitor.hears("cell-added", exchange_a_cell));
    service.reset();
    EXPECT_TRUE(monitor.hears("service-gone", [] {}));
    service = std::make_unique<ServiceThread>(bus.address());
    EXPECT_TRUE(monitor.hears("service-came", [] {}));
    while (!monitor.is_over())
        exchange_a_cell();
    EXPECT_EQ(monitor.exit_status(), 0);
}

TEST(MitosisctlAlone, EndsWithOneWithoutABus)
{
    PrivateBus bus;
    bus.kill();
    const auto result = run(bus, mitosisctl({"status"}));
    EXPECT_EQ(result.exit_status, 1);
    EXPECT_THAT(result.errors, HasSubstr("system bus"));
}

} // namespace

} // namespace mitosis::test
