// SPDX-License-Identifier: GPL-2.0-only
// The whole daemon on a private bus, with a machine that is faked: what callers and listeners get
// of a change of settings, in which order.
#include "dbus/bus_client.hpp"
#include "dbus/fake_polkit.hpp"
#include "dbus/private_bus.hpp"
#include "fake_machine.hpp"

#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "daemon/exit_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sdbus-c++/Error.h>
#include <sdbus-c++/IProxy.h>
#include <sdbus-c++/Types.h>
#include <signal.h> // NOLINT(modernize-deprecated-headers): pthread_sigmask() is POSIX

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mitosis::test {

namespace {

using ::testing::Contains;
using ::testing::Not;

constexpr const char *manager = "org.scx.Mitosis";

using Changed = std::vector<std::string>;
using Shifts = std::vector<Shift>;

/// As systemd's event loop wants it, also of the threads that are made from now on.
class BlockedSignals {
public:
    BlockedSignals()
    {
        sigset_t signals{};
        ::sigemptyset(&signals);
        ::sigaddset(&signals, SIGTERM);
        EXPECT_EQ(::pthread_sigmask(SIG_BLOCK, &signals, nullptr), 0);
    }
};

class DaemonOnABus : public ::testing::Test {
protected:
    DaemonOnABus()
    {
        machine_.make_cgroup("/apps.slice/a");
        machine_.make_cgroup("/apps.slice/b");
        machine_.use_bus(bus_.address());
    }
    /// Runs the daemon: acts once it is ready, and ends it once the reply came.
    void when_ready(const std::function<void()> &act)
    {
        const auto ready = [this] { return machine_.was_told("READY=1"); };
        const auto replied = [this] { return std::ranges::contains(client_.signals(), "reply"); };
        EXPECT_EQ(machine_.run({{ready, act}, {replied, daemon::terminate}}),
                  daemon::ExitStatus::stopped);
    }
    void reconfigure(const Dict &settings, std::uint64_t flags)
    {
        proxy_->callMethodAsync("Reconfigure")
            .onInterface(manager)
            .withArguments(settings, std::uint64_t{0}, flags)
            // NOLINTNEXTLINE(performance-unnecessary-value-param): how sdbus-c++ knows it
            .uponReplyInvoke([this](std::optional<sdbus::Error> error, std::uint64_t /*generation*/,
                                    const Changed & /*changed*/,
                                    const Shifts & /*changes*/) { note_reply(error); });
    }
    void reload()
    {
        proxy_->callMethodAsync("Reload").onInterface(manager).uponReplyInvoke(
            // NOLINTNEXTLINE(performance-unnecessary-value-param): how sdbus-c++ knows it
            [this](std::optional<sdbus::Error> error, std::uint64_t /*generation*/,
                   const Changed & /*changed*/) { note_reply(error); });
    }
    void note_reply(const std::optional<sdbus::Error> &error)
    {
        if (error)
            client_.note(error->getName());
        client_.note("reply");
    }
    /// "reloading", "running", ...: the states that were signalled, and "reply" for that.
    std::vector<std::string> states_and_reply()
    {
        std::vector<std::string> seen;
        for (const std::string &line : client_.signals()) {
            const auto at = line.find(" State=");
            if (line == "reply")
                seen.push_back(line);
            else if (at != std::string::npos)
                seen.push_back(line.substr(at + 7, line.find(' ', at + 1) - at - 7));
        }
        return seen;
    }
    /// The first signal that begins so came before the reply.
    [[nodiscard]] bool came_before_the_reply(const std::string &start)
    {
        const auto lines = client_.signals();
        const auto begins = [&](const std::string &line) { return line.starts_with(start); };
        return std::ranges::find_if(lines, begins) < std::ranges::find(lines, "reply");
    }

    /// The value that was signalled last before so many replies.
    std::string last_before_reply(int count, const std::string &property)
    {
        std::string value;
        for (const std::string &line : client_.signals()) {
            count -= line == "reply" ? 1 : 0;
            if (count == 0)
                break;
            const std::string key = " " + property + "=";
            if (const auto at = line.find(key); at != std::string::npos)
                value = line.substr(at + key.size(), line.find(' ', at + 1) - at - key.size());
        }
        return value;
    }

    PrivateBus bus_;
    daemon::FakeMachine machine_;
    BlockedSignals blocked_; // before the client makes its thread
    BusClient client_{bus_.address()};
    std::unique_ptr<sdbus::IProxy> proxy_ = client_.proxy(manager_path);
};

TEST_F(DaemonOnABus, SaysThatItReloadsWhileItDoes)
{
    when_ready([this] {
        machine_.write_config("cell-parent-cgroup = '/apps.slice'\nexit-dump-len = 65536\n");
        reload();
    });
    EXPECT_THAT(states_and_reply(), ::testing::IsSupersetOf({"reloading", "running", "reply"}));
    const auto seen = states_and_reply();
    const auto reloading = std::ranges::find(seen, "reloading");
    EXPECT_LT(reloading, std::find(reloading, seen.end(), "running"));
    EXPECT_LT(std::find(reloading, seen.end(), "running"), std::ranges::find(seen, "reply"));
    EXPECT_EQ(machine_.kernel.attaches, 2);
}

TEST_F(DaemonOnABus, ShowsNoAttachmentWhileThereIsNone)
{
    machine_.set_online(CpuSet::range(0, 5));
    const auto lose_it = [this] {
        machine_.kernel.refuse_attach = fail(EBUSY, "attach").error();
        machine_.set_online(CpuSet::range(0, 7)); // for CPUs never seen it is attached anew
    };
    const auto ready = [this] { return machine_.was_told("READY=1"); };
    const auto told = [this] {
        return std::ranges::any_of(client_.signals(), [](const std::string &line) {
            return line.contains(" AttachTimestamp=0 ") && line.contains(" State=detached");
        });
    };
    EXPECT_EQ(machine_.run({{ready, lose_it}, {told, daemon::terminate}}),
              daemon::ExitStatus::stopped);
}

TEST_F(DaemonOnABus, RunsOnAfterAReloadThatIsRefused)
{
    when_ready([this] {
        machine_.write_config("slice-us = 'short'\n");
        reload();
    });
    EXPECT_THAT(client_.signals(), Contains("org.scx.Mitosis.Error.InvalidSetting"));
    const auto seen = states_and_reply();
    const auto reloading = std::ranges::find(seen, "reloading");
    ASSERT_NE(reloading, seen.end());
    EXPECT_EQ(*(reloading + 1), "running");
}

TEST_F(DaemonOnABus, SaysThatAReloadWasRefusedUntilOneIsNot)
{
    const auto reload_with = [this](const std::string &text) {
        return [this, text] {
            machine_.write_config("cell-parent-cgroup = '/apps.slice'\n" + text);
            reload();
        };
    };
    const auto replies = [this](int count) {
        return [this, count] { return std::ranges::count(client_.signals(), "reply") == count; };
    };
    EXPECT_EQ(machine_.run({{[this] { return machine_.was_told("READY=1"); },
                             reload_with("slice-us = 'short'\n")},
                            {replies(1), reload_with("slice-us = 500\n")},
                            {replies(2), daemon::terminate}}),
              daemon::ExitStatus::stopped);
    EXPECT_EQ(last_before_reply(1, "StateReason"), "config-rejected");
    EXPECT_EQ(last_before_reply(1, "State"), "running");
    EXPECT_EQ(last_before_reply(2, "StateReason"), "");
    EXPECT_EQ(last_before_reply(2, "State"), "running");
}

TEST_F(DaemonOnABus, SaysThatItReloadsWhereACallerLetsItAttachAnew)
{
    when_ready([this] { reconfigure({{"enable-llc-awareness", sdbus::Variant(true)}}, 2); });
    EXPECT_THAT(states_and_reply(), Contains("reloading"));
    EXPECT_TRUE(came_before_the_reply("Reconfigured 2 dbus enable-llc-awareness"));
}

TEST_F(DaemonOnABus, TellsAChangeBeforeItAnswers)
{
    when_ready([this] {
        reconfigure({{"cell-exclude", sdbus::Variant(std::vector<std::string>{"b"})}}, 0);
    });
    EXPECT_THAT(client_.signals(), Contains("Reconfigured 2 dbus cell-exclude"));
    for (const char *start : {"Rebalanced 2 config 0:+", "Reconfigured 2 dbus cell-exclude",
                              "PropertiesChanged /org/scx/Mitosis/cell/0 Cpus",
                              "PropertiesChanged /org/scx/Mitosis CellCount"})
        EXPECT_TRUE(came_before_the_reply(start)) << start;
    EXPECT_THAT(states_and_reply(), Not(Contains("reloading")));
}

TEST_F(DaemonOnABus, TellsAReloadBeforeItAnswers)
{
    when_ready([this] {
        machine_.write_config("cell-parent-cgroup = '/apps.slice'\ncell-exclude = ['a']\n");
        reload();
    });
    EXPECT_TRUE(came_before_the_reply("Reconfigured 2 files cell-exclude"));
    EXPECT_TRUE(came_before_the_reply("PropertiesChanged /org/scx/Mitosis/cell/0 Cpus"));
}

/// Calls Reconfigure at a generation, as somebody else; the client notes "late" and what came of
/// it.
void reconfigure_late(sdbus::IProxy &proxy, BusClient &notes)
{
    proxy.callMethodAsync("Reconfigure")
        .onInterface(manager)
        .withArguments(Dict{{"monitor-interval-s", sdbus::Variant(2.0)}}, std::uint64_t{1},
                       std::uint64_t{0})
        // NOLINTNEXTLINE(performance-unnecessary-value-param): how sdbus-c++ knows it
        .uponReplyInvoke([&notes](std::optional<sdbus::Error> error, std::uint64_t /*generation*/,
                                  const Changed & /*changed*/, const Shifts & /*changes*/) {
            notes.note("late " + (error ? std::string(error->getName()) : "allowed"));
        });
}

TEST_F(DaemonOnABus, LooksAtTheGenerationOnceSomebodyHasTypedThePassword)
{
    FakePolkit polkit(bus_.address(), Verdict::never);
    BusClient nobody(bus_.address(), 65'534);
    const auto late = nobody.proxy(manager_path);
    const auto was_noted = [this](const std::string &start) {
        return std::ranges::any_of(client_.signals(), [&start](const std::string &line) {
            return line.starts_with(start);
        });
    };
    EXPECT_EQ(machine_.run({{[this] { return machine_.was_told("READY=1"); },
                             [&] { reconfigure_late(*late, client_); }},
                            {[&] { return polkit.checks().size() == 1; },
                             [this] { reconfigure({{"log-level", sdbus::Variant("debug")}}, 0); }},
                            {[&] { return was_noted("reply"); }, [&] { polkit.grant(); }},
                            {[&] { return was_noted("late "); }, daemon::terminate}}),
              daemon::ExitStatus::stopped);
    EXPECT_THAT(client_.signals(), Contains("late org.scx.Mitosis.Error.ConfigConflict"));
}

TEST_F(DaemonOnABus, LeavesTheSchedulerAttachedForARestart)
{
    machine_.keep_descriptors();
    when_ready([this] { reload(); });
    EXPECT_EQ(machine_.kernel.detaches, 0);
}

TEST_F(DaemonOnABus, DetachesWhereTheServiceIsNotStartedAgain)
{
    machine_.keep_descriptors();
    machine_.restarts = false;
    when_ready([this] { reload(); });
    EXPECT_EQ(machine_.kernel.detaches, 1);
    EXPECT_THAT(machine_.kept(), ::testing::IsEmpty());
}

} // namespace

} // namespace mitosis::test
