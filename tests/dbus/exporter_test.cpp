// SPDX-License-Identifier: GPL-2.0-only
// The exporter on a socket that was passed to it, against a real service on a private bus; read by
// curl, promtool and a real Prometheus.
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"
#include "dbus/worlds.hpp"

#include "core/event.hpp"
#include "core/tally.hpp"
#include "support/interface_members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h> // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::test {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// A listening socket on a free port of the loopback.
class Listener {
public:
    Listener() : socket_(::socket(AF_INET, SOCK_STREAM, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto *const any = reinterpret_cast<sockaddr *>(&address); // NOLINT: the API's own way
        if (::bind(socket_, any, size) != 0 || ::listen(socket_, 8) != 0 ||
            ::getsockname(socket_, any, &size) != 0)
            ADD_FAILURE() << "no socket on the loopback";
        port_ = ntohs(address.sin_port);
    }
    ~Listener() { ::close(socket_); }
    Listener(const Listener &) = delete;
    Listener &operator=(const Listener &) = delete;

    [[nodiscard]] int socket() const { return socket_; }
    [[nodiscard]] std::string port() const { return std::to_string(port_); }

private:
    int socket_;
    std::uint16_t port_ = 0;
};

/// A program that is ended with the object.
class Child {
public:
    explicit Child(pid_t pid) : pid_(pid) {}
    ~Child()
    {
        ::kill(pid_, SIGTERM);
        ::waitpid(pid_, nullptr, 0);
    }
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

private:
    pid_t pid_;
};

/// As systemd starts it: the socket is descriptor 3, LISTEN_PID names the process itself.
pid_t start_exporter(const PrivateBus &bus, const Listener &listener)
{
    const pid_t child = ::fork();
    if (child != 0)
        return child;
    ::dup2(listener.socket(), 3);
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address().c_str(), 1);
    ::setenv("LISTEN_FDS", "1", 1);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    const std::string program = required_env("SCX_MITOSIS_EXPORTER");
    ::execl(program.c_str(), program.c_str(), nullptr);
    ::_exit(127);
}

struct Exporter : ::testing::Test {
    Exporter()
    {
        service.set_facts(running_facts());
        service.publish(running_status({"0-3", "4-7"}));
    }
    [[nodiscard]] std::string get(const std::string &path, const std::string &accept = "*/*") const
    {
        return run(bus, {"curl", "-sSi", "--max-time", "10", "-H", "Accept: " + accept,
                         "http://127.0.0.1:" + listener.port() + path})
            .output;
    }

    PrivateBus bus;
    ServiceThread service{bus.address()};
    Listener listener;
    Child exporter{start_exporter(bus, listener)};
};

TEST_F(Exporter, SpeaksThePrometheusFormatToAnybody)
{
    EXPECT_THAT(
        get("/metrics"),
        AllOf(HasSubstr("200 OK"), HasSubstr("text/plain; version=0.0.4"),
              HasSubstr("scx_mitosis_up 1\n"),
              HasSubstr(R"(scx_mitosis_cell_cpus{cell="1",cgroup="/work.slice/cell1"} 4)")));
}

TEST_F(Exporter, SpeaksOpenMetricsToWhoeverTakesIt)
{
    EXPECT_THAT(
        get("/metrics", "application/openmetrics-text; version=1.0.0"),
        AllOf(HasSubstr("application/openmetrics-text; version=1.0.0"), HasSubstr("# EOF\n")));
}

TEST_F(Exporter, CountsWhatBefellTheService)
{
    auto facts = running_facts();
    facts.attachments = 2;
    facts.reconfigurations = 3;
    facts.kernel_exits = {{"kernel-stall", 1}};
    service.set_facts(std::move(facts));
    auto status = running_status({"0-3", "4-7"});
    moves_for(status.tally, Trigger::hotplug) = 4;
    status.tally.held_back = 5;
    status.tally.drained = 6;
    status.cells[1].load.due = 2.5;
    service.publish(status);
    EXPECT_THAT(
        get("/metrics"),
        AllOf(
            HasSubstr("\nscx_mitosis_attaches_total 2\n"),
            HasSubstr("\nscx_mitosis_reconfigures_total 3\n"),
            HasSubstr("\nscx_mitosis_kernel_exits_total{kind=\"kernel-stall\"} 1\n"),
            HasSubstr("\nscx_mitosis_rebalances_total{trigger=\"hotplug\"} 4\n"),
            HasSubstr("\nscx_mitosis_rebalances_rejected_total 5\n"),
            HasSubstr("\nscx_mitosis_queue_drains_total 6\n"),
            HasSubstr(R"(scx_mitosis_cell_demand_cpus{cell="1",cgroup="/work.slice/cell1"} 2.5)")));
}

TEST_F(Exporter, KnowsNoOtherPage)
{
    EXPECT_THAT(get("/secrets"), HasSubstr("404 Not Found"));
}

TEST_F(Exporter, SaysWhenTheServiceIsGone)
{
    bus.kill();
    EXPECT_THAT(get("/metrics"), AllOf(HasSubstr("200 OK"), HasSubstr("scx_mitosis_up 0\n")));
}

TEST_F(Exporter, SatisfiesPromtool)
{
    const auto result = run(bus, {"bash", "-c",
                                  "curl -sS http://127.0.0.1:" + listener.port() +
                                      "/metrics | promtool check metrics"});
    EXPECT_EQ(result.exit_status, 0) << result.errors << result.output;
}

TEST_F(Exporter, IsScrapedByPrometheus)
{
    const auto folder = std::filesystem::temp_directory_path() /
                        ("mitosis-prometheus-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    std::ofstream(folder / "prometheus.yml")
        << "scrape_configs:\n  - job_name: scx-mitosis\n    scrape_interval: 1s\n"
        << "    static_configs:\n      - targets: ['127.0.0.1:" << listener.port() << "']\n"
        << "rule_files: ['" << required_env("MITOSIS_ALERTS") << "']\n";
    // Asks until the scraped value is there; the limit only bounds a failure.
    const auto result = run(bus, {"bash", required_env("SCRAPE_WITH_PROMETHEUS"), folder.string(),
                                  R"(scx_mitosis_cell_cpus{cell="1"})", "60"});
    std::filesystem::remove_all(folder);
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    EXPECT_THAT(result.output,
                AllOf(HasSubstr(R"("cgroup":"/work.slice/cell1")"), HasSubstr(R"("4"])")));
}

TEST(ExporterAlone, SaysThatItNeedsASocket)
{
    const PrivateBus bus;
    const auto result = run(bus, {required_env("SCX_MITOSIS_EXPORTER")});
    EXPECT_EQ(result.exit_status, 64);
    EXPECT_THAT(result.errors, HasSubstr("systemctl start scx-mitosis-exporter.socket"));
}

} // namespace

} // namespace mitosis::test
