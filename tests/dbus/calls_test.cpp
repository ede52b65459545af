// SPDX-License-Identifier: GPL-2.0-only
// The methods: what reaches the engine, what comes back, and who is refused.
#include "dbus/bus_client.hpp"
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"
#include "dbus/worlds.hpp"

#include "core/config.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/refusal.hpp"
#include "engine/ports.hpp"
#include "support/builders.hpp"
#include "support/pidfd.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sdbus-c++/Error.h>
#include <sdbus-c++/Types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <expected>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace mitosis::test {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char *manager = "org.scx.Mitosis";

using Rebalanced = std::tuple<std::uint64_t, std::vector<Shift>>;

struct Calls : ::testing::Test {
    Calls()
    {
        service.set_facts(running_facts());
        service.publish(running_status({"0-3", "4-7"}));
    }

    Rebalanced rebalance(const Dict &options)
    {
        Rebalanced result;
        client.proxy(manager_path)
            ->callMethod("Rebalance")
            .onInterface(manager)
            .withArguments(options)
            .storeResultsTo(result);
        return result;
    }
    std::string rebalance_error(const Dict &options)
    {
        return error_of([&] { (void)rebalance(options); });
    }
    std::string cell_by(const char *method, const auto &argument)
    {
        sdbus::ObjectPath cell;
        client.proxy(manager_path)
            ->callMethod(method)
            .onInterface(manager)
            .withArguments(argument)
            .storeResultsTo(cell);
        return cell;
    }
    ProgramResult call_as_nobody(std::vector<std::string> message)
    {
        message.insert(message.begin(), {"dbus-send", "--bus=" + bus.address(), "--print-reply",
                                         "--dest=org.scx.Mitosis"});
        return run_as_nobody(bus, std::move(message));
    }

    PrivateBus bus;
    ServiceThread service{bus.address()};
    BusClient client{bus.address()};
};

TEST_F(Calls, PassTheOptionsOfRebalanceOn)
{
    service.control.rebalance_answer = engine::RebalanceOutcome{
        .generation = 7, .shifts = {{.cell = CellId{1}, .gained = cpus("3"), .lost = cpus("6-7")}}};

    const auto result = rebalance({{"DryRun", sdbus::Variant(true)},
                                   {"Reason", sdbus::Variant(std::string("night\nshift"))}});

    EXPECT_EQ(result, Rebalanced(7, {Shift{1, {3}, {6, 7}}}));
    ASSERT_EQ(service.control.requests.size(), 1U);
    EXPECT_TRUE(service.control.requests[0].dry_run);
    EXPECT_FALSE(service.control.requests[0].force);
    EXPECT_EQ(service.control.requests[0].reason, "night?shift");
}

TEST_F(Calls, RefuseBadOptionsBeforeAnythingHappens)
{
    const std::string invalid = "org.freedesktop.DBus.Error.InvalidArgs";
    EXPECT_EQ(rebalance_error({{"Drynes", sdbus::Variant(true)}}), invalid);
    EXPECT_EQ(rebalance_error({{"DryRun", sdbus::Variant(std::string("yes"))}}), invalid);
    EXPECT_EQ(rebalance_error({{"Reason", sdbus::Variant(std::string(129, 'x'))}}), invalid);
    EXPECT_TRUE(service.control.requests.empty());
}

TEST_F(Calls, SignalTheChangeBeforeTheReply)
{
    service.publish(running_status({"0-2", "3-7"})); // the next change would have to wait
    service.control.on_rebalance = [&] { service.publish_in_loop(running_status({"0-4", "5-7"})); };
    const auto proxy = client.proxy(manager_path);
    proxy->callMethodAsync("Rebalance")
        .onInterface(manager)
        .withArguments(Dict{})
        // NOLINTNEXTLINE(performance-unnecessary-value-param): by value is how sdbus-c++ knows it
        .uponReplyInvoke([this](std::optional<sdbus::Error> /*error*/, std::uint64_t /*generation*/,
                                const std::vector<Shift> & /*changes*/) { client.note("reply"); });
    EXPECT_TRUE(client.await_in_order("PropertiesChanged /org/scx/Mitosis/cell/0 Cpus", "reply"));
}

TEST_F(Calls, LimitHowOftenRebalanceIsAskedFor)
{
    (void)rebalance({});
    (void)rebalance({});
    EXPECT_EQ(rebalance_error({}), "org.scx.Mitosis.Error.RateLimited");
    EXPECT_EQ(service.control.requests.size(), 2U);
}

TEST_F(Calls, NameTheEnginesErrors)
{
    service.control.rebalance_answer = fail(EIO, "apply cells");
    EXPECT_EQ(rebalance_error({}), "org.scx.Mitosis.Error.ApplyFailed");
    service.control.rebalance_answer = fail(ENOTCONN, "rebalance");
    EXPECT_EQ(rebalance_error({}), "org.scx.Mitosis.Error.NotAttached");
}

TEST_F(Calls, AnswerAnExceptionAndGoOn)
{
    service.control.on_rebalance = [] { throw std::length_error("too long\n"); };
    EXPECT_EQ(rebalance_error({}), "org.scx.Mitosis.Error.Failed");
    EXPECT_THAT(service.faults(), ElementsAre("Rebalance: too long\n"));

    service.control.on_rebalance = nullptr;
    EXPECT_EQ(rebalance_error({}), "");
}

TEST_F(Calls, SayThatARebalanceWasHeldBack)
{
    service.control.rebalance_answer = refuse(Refusal::rebalance_held_back, "nothing moved: why");
    EXPECT_EQ(rebalance_error({{"DryRun", sdbus::Variant(true)}}),
              "org.scx.Mitosis.Error.RebalanceHeldBack");
    service.control.rebalance_answer = engine::RebalanceOutcome{};
    (void)rebalance({{"Force", sdbus::Variant(true)}});
    EXPECT_TRUE(service.control.requests.at(1).force);
}

TEST_F(Calls, ReloadSaysWhatChanged)
{
    service.control.reload_answer =
        engine::ReconfigureOutcome{.generation = 9, .changed = {"slice-us"}};
    std::tuple<std::uint64_t, std::vector<std::string>> result;
    client.proxy(manager_path)->callMethod("Reload").onInterface(manager).storeResultsTo(result);
    EXPECT_EQ(std::get<0>(result), 9U);
    EXPECT_THAT(std::get<1>(result), ElementsAre("slice-us"));
}

TEST_F(Calls, FindTheCellOfACgroup)
{
    EXPECT_EQ(cell_by("GetCellByCGroup", std::string("/work.slice/cell1/deep/er")),
              "/org/scx/Mitosis/cell/1");
    EXPECT_EQ(cell_by("GetCellByCGroup", std::string("/work.slice/cell10")),
              "/org/scx/Mitosis/cell/0");
    EXPECT_EQ(error_of([&] { (void)cell_by("GetCellByCGroup", std::string("work")); }),
              "org.freedesktop.DBus.Error.InvalidArgs");
}

TEST_F(Calls, FindTheCellOfACpu)
{
    EXPECT_EQ(cell_by("GetCellByCPU", std::uint32_t{6}), "/org/scx/Mitosis/cell/1");
    EXPECT_EQ(error_of([&] { (void)cell_by("GetCellByCPU", std::uint32_t{8}); }),
              "org.scx.Mitosis.Error.NoSuchCell");
    EXPECT_EQ(error_of([&] { (void)cell_by("GetCellByCPU", UINT32_MAX); }),
              "org.scx.Mitosis.Error.NoSuchCell");
}

TEST_F(Calls, FindTheCellOfAProcess)
{
    const sdbus::UnixFd self(open_pidfd(::getpid()), sdbus::adopt_fd);
    service.control.cgroup = "/work.slice/cell1/sub";
    EXPECT_EQ(cell_by("GetCellByPIDFD", self), "/org/scx/Mitosis/cell/1");
    service.control.cgroup = "/elsewhere";
    EXPECT_EQ(cell_by("GetCellByPIDFD", self), "/org/scx/Mitosis/cell/0");
}

TEST_F(Calls, SayWhyTheCellOfAProcessIsNotFound)
{
    const sdbus::UnixFd self(open_pidfd(::getpid()), sdbus::adopt_fd);
    const auto error = [&](std::unexpected<Error> answer) {
        service.control.cgroup = std::move(answer);
        return error_of([&] { (void)cell_by("GetCellByPIDFD", self); });
    };
    EXPECT_EQ(error(refuse(Refusal::no_such_process, "it has ended")),
              "org.scx.Mitosis.Error.NoSuchProcess");
    EXPECT_EQ(error(fail(ENOTCONN, "find the cell")), "org.scx.Mitosis.Error.NotAttached");
    EXPECT_EQ(error(fail(ENOTTY, "ioctl")), "org.freedesktop.DBus.Error.NotSupported");
    for (const int code : {EINVAL, EBADF})
        EXPECT_EQ(error(fail(code, "ioctl")), "org.freedesktop.DBus.Error.InvalidArgs");
    EXPECT_EQ(error(fail(EIO, "ioctl")), "org.scx.Mitosis.Error.Failed");
}

TEST_F(Calls, LetNobodyRead)
{
    const auto cells = call_as_nobody({manager_path, "org.freedesktop.DBus.Properties.Get",
                                       "string:org.scx.Mitosis", "string:State"});
    EXPECT_EQ(cells.exit_status, 0) << cells.errors;
    EXPECT_THAT(cells.output, HasSubstr("running"));
}

TEST_F(Calls, RefuseNobodyToSetAProperty)
{
    for (const auto &[path, interface, name] :
         {std::tuple("/org/freedesktop/LogControl1", "org.freedesktop.LogControl1", "LogLevel"),
          std::tuple(manager_path, manager, "State")}) {
        const auto refused = call_as_nobody(
            {path, "org.freedesktop.DBus.Properties.Set", std::string("string:") + interface,
             std::string("string:") + name, "variant:string:debug"});
        EXPECT_EQ(refused.exit_status, 1) << name;
        EXPECT_THAT(refused.errors, HasSubstr("AccessDenied")) << name;
    }
    EXPECT_EQ(service.log.level, LogLevel::info);
}

TEST_F(Calls, LetRootSetTheLogLevel)
{
    const auto log = client.proxy("/org/freedesktop/LogControl1");
    log->setProperty("LogLevel")
        .onInterface("org.freedesktop.LogControl1")
        .toValue(std::string("debug"));
    EXPECT_EQ(service.log.level, LogLevel::debug);

    EXPECT_EQ(error_of([&] {
                  log->setProperty("LogLevel")
                      .onInterface("org.freedesktop.LogControl1")
                      .toValue(std::string("loud"));
              }),
              "org.freedesktop.DBus.Error.InvalidArgs");
}

TEST_F(Calls, NeverSetAPropertyOfTheService)
{
    EXPECT_EQ(error_of([&] {
                  client.proxy(manager_path)
                      ->setProperty("State")
                      .onInterface(manager)
                      .toValue(std::string("stopping"));
              }),
              "org.freedesktop.DBus.Error.PropertyReadOnly");
}

} // namespace

} // namespace mitosis::test
