// SPDX-License-Identifier: GPL-2.0-only
// How polkit is asked: about whom, in which words, for how long, and for how many at once.
#include "dbus/bus_client.hpp"
#include "dbus/fake_polkit.hpp"
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"

#include "bus/authority.hpp"
#include "bus/errors.hpp"
#include "bus/privilege.hpp"
#include "bus/rate_limits.hpp"
#include "bus/sd_ptr.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sdbus-c++/Error.h>
#include <sdbus-c++/Types.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::test {

namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr uid_t nobody = 65'534;
constexpr const char *manager = "org.scx.Mitosis";

struct PolkitAsked : ::testing::Test {
    /// A call that is not waited for.
    void reload(BusClient &caller)
    {
        calls.push_back(caller.proxy(manager_path));
        calls.back()->callMethodAsync("Reload").onInterface(manager).uponReplyInvoke(
            // NOLINTNEXTLINE(performance-unnecessary-value-param): by value is how sdbus-c++ knows
            [&caller](std::optional<sdbus::Error> error, std::uint64_t,
                      const std::vector<std::string> &) {
                caller.note(error ? error->getMessage() : "allowed");
            });
    }
    ProgramResult reload_by_busctl(const std::string &interactive)
    {
        return run_as_nobody(bus, {"busctl", "--address=" + bus.address(),
                                   "--allow-interactive-authorization=" + interactive, "call",
                                   manager, manager_path, manager, "Reload"});
    }

    PrivateBus bus;
    ServiceThread service{bus.address()};
    std::vector<std::unique_ptr<sdbus::IProxy>> calls;
};

TEST_F(PolkitAsked, AboutTheCallersUniqueName)
{
    FakePolkit polkit(bus.address(), Verdict::yes);
    BusClient caller(bus.address(), nobody);
    caller.proxy(manager_path)->callMethod("Reload").onInterface(manager);
    ASSERT_EQ(polkit.checks().size(), 1U);
    EXPECT_EQ(polkit.checks()[0].subject_kind, "system-bus-name");
    EXPECT_EQ(polkit.checks()[0].subject_name, caller.unique_name());
}

TEST_F(PolkitAsked, ToAskAPersonOnlyWhereTheCallerAllowsIt)
{
    FakePolkit polkit(bus.address(), Verdict::challenge);
    EXPECT_THAT(reload_by_busctl("no").errors, HasSubstr("would have to ask"));
    EXPECT_THAT(reload_by_busctl("yes").errors, HasSubstr("Access denied"));
    ASSERT_EQ(polkit.checks().size(), 2U);
    EXPECT_EQ(polkit.checks()[0].flags, 0U);
    EXPECT_EQ(polkit.checks()[1].flags, 1U);
}

TEST_F(PolkitAsked, NoLongerWhenTheCallerIsGone)
{
    FakePolkit polkit(bus.address(), Verdict::never);
    {
        BusClient caller(bus.address(), nobody);
        reload(caller);
        ASSERT_TRUE(polkit.await_checks(1));
        calls.clear();
    }
    ASSERT_TRUE(polkit.await_cancelled(1));
    EXPECT_EQ(polkit.cancelled()[0], polkit.checks()[0].cancellation_id);
    EXPECT_EQ(service.control.reloads, 0U);
}

TEST_F(PolkitAsked, WhileTheServiceAnswersOthers)
{
    FakePolkit polkit(bus.address(), Verdict::never);
    BusClient waiting(bus.address(), nobody);
    reload(waiting);
    ASSERT_TRUE(polkit.await_checks(1));

    BusClient other(bus.address());
    EXPECT_EQ(
        error_of([&] { other.proxy(manager_path)->callMethod("Reload").onInterface(manager); }),
        "");
    EXPECT_TRUE(waiting.signals().empty());
    calls.clear();
}

TEST_F(PolkitAsked, WithADifferentCancellationIdEachTime)
{
    FakePolkit polkit(bus.address(), Verdict::never);
    BusClient caller(bus.address(), nobody);
    reload(caller);
    reload(caller);
    ASSERT_TRUE(polkit.await_checks(2));
    EXPECT_NE(polkit.checks()[0].cancellation_id, polkit.checks()[1].cancellation_id);
    calls.clear();
}

TEST_F(PolkitAsked, AtMostSoOftenForOneUser)
{
    FakePolkit polkit(bus.address(), Verdict::no);
    BusClient caller(bus.address(), nobody);
    const auto call = [&] {
        caller.proxy(manager_path)->callMethod("Reload").onInterface(manager);
    };
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(error_of(call), "org.freedesktop.DBus.Error.AccessDenied");
    try {
        call();
        ADD_FAILURE() << "the sixth call is let through";
    } catch (const sdbus::Error &error) {
        EXPECT_EQ(error.getName(), "org.scx.Mitosis.Error.RateLimited");
        EXPECT_THAT(error.getMessage(),
                    MatchesRegex("asked too often, retry in [0-9]+\\.[0-9] s \\([0-9]+ usec\\)"));
    }
    EXPECT_EQ(polkit.checks().size(), 5U);
}

TEST_F(PolkitAsked, ByOneUserDoesNotKeepOthersOut)
{
    FakePolkit polkit(bus.address(), Verdict::no);
    BusClient caller(bus.address(), nobody);
    for (int i = 0; i < 6; ++i)
        (void)error_of(
            [&] { caller.proxy(manager_path)->callMethod("Reload").onInterface(manager); });
    BusClient admin(bus.address());
    EXPECT_EQ(
        error_of([&] { admin.proxy(manager_path)->callMethod("Reload").onInterface(manager); }),
        "");
}

/// An Authority of its own, driven by the test.
struct ManyAtOnce : ::testing::Test {
    ManyAtOnce()
    {
        sd_bus *made = nullptr;
        EXPECT_EQ(sd_bus_new(&made), 0);
        connection.reset(made);
        EXPECT_GE(sd_bus_set_address(made, bus.address().c_str()), 0);
        EXPECT_GE(sd_bus_set_bus_client(made, 1), 0);
        EXPECT_GE(sd_bus_start(made), 0);
        authority.emplace(made, limits);
    }
    void admit(const BusClient &caller)
    {
        authority->admit(
            {.rule = {manager, "Reload", bus::Privilege::action, "org.scx.mitosis.reload"},
             .sender = caller.unique_name()},
            [this](const std::optional<bus::BusError> &refusal) {
                answers.push_back(refusal ? refusal->name : "");
            });
    }
    [[nodiscard]] bool process_until(const std::function<bool()> &condition)
    {
        const auto end = std::chrono::steady_clock::now() + deadline;
        while (!condition() && std::chrono::steady_clock::now() < end)
            if (sd_bus_process(connection.get(), nullptr) == 0)
                sd_bus_wait(connection.get(), 10'000);
        return condition();
    }

    PrivateBus bus;
    bus::RateLimits limits;
    bus::SdPtr<sd_bus> connection;
    std::optional<bus::Authority> authority;
    std::vector<std::string> answers;
};

TEST_F(ManyAtOnce, OfOneUserAreRefused)
{
    FakePolkit polkit(bus.address(), Verdict::never);
    BusClient caller(bus.address(), nobody);
    for (std::size_t i = 0; i < bus::Authority::max_pending_of_user + 1; ++i)
        admit(caller);
    ASSERT_TRUE(process_until([&] { return !answers.empty(); }));
    EXPECT_EQ(answers, std::vector<std::string>{"org.freedesktop.DBus.Error.LimitsExceeded"});
    ASSERT_TRUE(process_until(
        [&] { return polkit.checks().size() == bus::Authority::max_pending_of_user; }));
    EXPECT_EQ(answers.size(), 1U);
}

TEST_F(ManyAtOnce, OfAllUsersAreRefused)
{
    BusClient caller(bus.address());
    for (std::size_t i = 0; i < bus::Authority::max_pending; ++i)
        admit(caller);
    EXPECT_TRUE(answers.empty());
    admit(caller);
    EXPECT_EQ(answers, std::vector<std::string>{"org.freedesktop.DBus.Error.LimitsExceeded"});
}

TEST_F(ManyAtOnce, LeaveTheirPlacesWhenTheyGo)
{
    FakePolkit polkit(bus.address(), Verdict::never);
    std::optional<BusClient> caller(std::in_place, bus.address(), nobody);
    for (std::size_t i = 0; i < bus::Authority::max_pending_of_user; ++i)
        admit(*caller);
    ASSERT_TRUE(process_until(
        [&] { return polkit.checks().size() == bus::Authority::max_pending_of_user; }));
    caller.reset();
    ASSERT_TRUE(process_until(
        [&] { return polkit.cancelled().size() == bus::Authority::max_pending_of_user; }));

    BusClient next(bus.address(), nobody);
    admit(next);
    ASSERT_TRUE(process_until(
        [&] { return polkit.checks().size() == bus::Authority::max_pending_of_user + 1; }));
    EXPECT_TRUE(answers.empty());
}

} // namespace

} // namespace mitosis::test
