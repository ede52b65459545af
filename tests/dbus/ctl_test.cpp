// SPDX-License-Identifier: GPL-2.0-only
// mitosisctl against a real service on a private bus: what it says and how it ends.
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"
#include "dbus/worlds.hpp"

#include "core/ids.hpp"
#include "engine/ports.hpp"
#include "support/builders.hpp"
#include "support/interface_members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST_F(Mitosisctl, AsksForAReload)
{
    service.control.reload_answer = engine::ReloadOutcome{.generation = 3, .changed = {"slice-us"}};
    EXPECT_THAT(run(bus, mitosisctl({"reload"})).output,
                HasSubstr("generation 3; changed: slice-us"));
}

TEST_F(Mitosisctl, EndsWithFourWhereItIsDenied)
{
    const auto result = run_as_nobody(bus, {bus.publish(required_env("MITOSISCTL")), "reload"});
    EXPECT_EQ(result.exit_status, 4);
    EXPECT_THAT(result.errors, HasSubstr("as root"));
}

TEST_F(Mitosisctl, EndsWithTwoWhenItIsUsedWrongly)
{
    EXPECT_EQ(run(bus, mitosisctl({})).exit_status, 2);
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
