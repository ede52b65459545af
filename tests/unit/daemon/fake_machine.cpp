// SPDX-License-Identifier: GPL-2.0-only
#include "fake_machine.hpp"

#include "fake_manager.hpp"

#include "config/command_line.hpp"
#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/kernel_cell.hpp"
#include "core/kernel_event.hpp"
#include "core/ownership.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "core/topology.hpp"
#include "daemon/configuration.hpp"
#include "daemon/daemon.hpp"
#include "daemon/event_loop.hpp"
#include "daemon/exit_status.hpp"
#include "daemon/log.hpp"
#include "daemon/world.hpp"
#include "support/builders.hpp"
#include "sys/unique_fd.hpp"

#include <gtest/gtest.h>
#include <signal.h> // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::daemon {
namespace {

constexpr std::chrono::milliseconds poll_pause{2};
constexpr std::chrono::seconds patience{20};

class FakeScheduler final : public KernelScheduler {
public:
    explicit FakeScheduler(FakeMachine &machine) : machine_(machine)
    {
        ++machine_.kernel.schedulers;
    }
    FakeScheduler(const FakeScheduler &) = delete;
    FakeScheduler &operator=(const FakeScheduler &) = delete;
    ~FakeScheduler() override
    {
        --machine_.kernel.schedulers;
        if (!is_let_go_)
            detach();
    }

    [[nodiscard]] std::vector<std::pair<std::string, int>> handles() const override
    {
        return {{"link", event_fd()}};
    }
    void let_go() override { is_let_go_ = true; }
    void detach() override
    {
        if (!std::exchange(is_detached_, true))
            machine_.detach();
    }
    [[nodiscard]] Result<std::vector<KernelCell>> read_cells() const override
    {
        return machine_.kernel.cells;
    }

    [[nodiscard]] Result<void> attach() override
    {
        if (machine_.kernel.refuse_attach)
            return std::unexpected(*machine_.kernel.refuse_attach);
        ++machine_.kernel.attaches;
        machine_.kernel.schedulers_when_attached = machine_.kernel.schedulers;
        machine_.say_kernel_runs(machine_.kernel.runs_when_attached);
        return {};
    }
    [[nodiscard]] int event_fd() const override { return machine_.kernel.exit_event.get(); }
    [[nodiscard]] KernelEvents read_events() override
    {
        return std::exchange(machine_.kernel.told, {});
    }
    [[nodiscard]] std::uint64_t cpuset_changes() const override
    {
        return machine_.kernel.cpuset_changes;
    }
    void set_cpusets_seen(std::uint64_t changes) override
    {
        machine_.kernel.cpusets_seen = changes;
    }
    [[nodiscard]] std::vector<std::string> fallbacks() const override
    {
        return machine_.kernel.fallbacks;
    }
    [[nodiscard]] Result<void> settle() override
    {
        ++machine_.kernel.settles;
        machine_.kernel.settles.notify_all();
        return {};
    }
    void set_slices(std::chrono::microseconds slice, const SliceShrinking &limits) override
    {
        machine_.kernel.slice = slice;
        machine_.kernel.limits = limits;
    }
    [[nodiscard]] std::optional<ExitInfo> read_exit() override
    {
        if (machine_.kernel.exit) {
            std::uint64_t drained = 0;
            EXPECT_EQ(::read(event_fd(), &drained, sizeof drained), sizeof drained);
        }
        return std::exchange(machine_.kernel.exit, std::nullopt);
    }
    [[nodiscard]] std::string read_dump() override
    {
        return std::exchange(machine_.kernel.dump, {});
    }
    [[nodiscard]] std::uint32_t cell_capacity() const override { return 16; }
    [[nodiscard]] Result<Sample> read_sample(std::span<const Cell> live,
                                             std::span<const CellId> retired,
                                             Clock::time_point now) override
    {
        Sample sample{.taken_at = now, .cells = {}, .drained = {retired.begin(), retired.end()}};
        for (const Cell &cell : live)
            sample.cells.push_back(used(cell.id, now.time_since_epoch()));
        ++machine_.kernel.samples;
        if (machine_.kernel.when_sampled)
            machine_.kernel.when_sampled();
        return sample;
    }
    [[nodiscard]] Result<void> apply(const Assignment &assignment, std::span<const Cell> cells,
                                     std::span<const CellId> /*retired*/) override
    {
        if (machine_.kernel.refuse_apply)
            return std::unexpected(*machine_.kernel.refuse_apply);
        if (machine_.kernel.refuse_next_applies > 0) {
            --machine_.kernel.refuse_next_applies;
            return fail(EIO, "refused by the test");
        }
        machine_.kernel.applied.push_back(assignment);
        machine_.kernel.cells.clear();
        for (const Cell &cell : cells)
            machine_.kernel.cells.push_back({.id = cell.id, .cgroup = cell.cgroup});
        if (!machine_.kernel.insists_on_owners)
            machine_.kernel.gives.clear();
        return {};
    }
    [[nodiscard]] Result<std::optional<Ownership>> read_ownership() override
    {
        if (machine_.kernel.attaches == machine_.kernel.detaches)
            return std::nullopt;
        Ownership ownership = test::ownership_of(machine_.kernel.applied.back());
        for (const auto &[cpu, cell] : machine_.kernel.gives)
            ownership.owners.at(cpu) = cell;
        return ownership;
    }

private:
    [[nodiscard]] CellSample used(CellId cell, std::chrono::nanoseconds since) const
    {
        CellSample sample{.cell = cell, .total = {}, .run_ns_by_cpu = {}};
        if (index_of(cell) < machine_.kernel.used_cpus.size()) {
            sample.total.run_ns = static_cast<std::uint64_t>(
                machine_.kernel.used_cpus[index_of(cell)] * static_cast<double>(since.count()));
            sample.run_ns_by_cpu = {sample.total.run_ns};
        }
        return sample;
    }

    FakeMachine &machine_;
    bool is_let_go_ = false;
    bool is_detached_ = false;
};

/// Two LLCs of four CPUs.
Result<Topology> topology_of(const CpuSet &online)
{
    std::vector<CpuPlace> places;
    for (const unsigned cpu : online)
        places.push_back({.cpu = cpu, .core = cpu, .llc = cpu / 4, .node = 0});
    return Topology::from_places(places);
}

} // namespace

void terminate()
{
    ::kill(::getpid(), SIGTERM);
}

FakeMachine::FakeMachine() : manager_(files_.path("notify"))
{
    kernel.exit_event = sys::UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    for (const char *file : {"enable_seq", "switch_all"})
        files_.write(std::string("sched_ext/") + file, "0\n");
    say_kernel_runs("");
    make_cgroup("/apps.slice");
    write_config("cell-parent-cgroup = '/apps.slice'\nmonitor-interval-s = 0.05\n");
    world_ = {.cgroup_root = files_.path("cgroup"),
              .sched_ext_root = files_.path("sched_ext"),
              .config_directories = {files_.path("etc")},
              .stats_socket = stats_socket(),
              .read_topology = [this] { return topology_of(online_); },
              .read_online = [this] { return Result<CpuSet>(online_); },
              .cpus = 8,
              .load = [this](const Config &,
                             const Topology &topology) -> Result<std::unique_ptr<KernelScheduler>> {
                  kernel.llcs = topology.llc_count();
                  if (kernel.when_loading)
                      if (auto loaded = kernel.when_loading(); !loaded)
                          return std::unexpected(std::move(loaded).error());
                  return load();
              },
              .adopt = [this](const Config &, const Topology &,
                              const sys::NamedFds &) { return adopt(); },
              .end_attachment = [this](const sys::NamedFds &) { detach(); },
              .print =
                  [this](const std::string &text) {
                      printed.push_back(text);
                      return true;
                  }};
}

FakeMachine::~FakeMachine()
{
    ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
}

void FakeMachine::make_silent_bus()
{
    bus_ = bind_socket(SOCK_STREAM, files_.path("bus"));
    EXPECT_EQ(::listen(bus_.get(), 1), 0);
    use_bus("unix:path=" + files_.path("bus"));
}

void FakeMachine::use_bus(const std::string &address)
{
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", address.c_str(), 1);
    uses_bus_ = true;
}

std::unique_ptr<KernelScheduler> FakeMachine::load()
{
    ++kernel.loads;
    return std::make_unique<FakeScheduler>(*this);
}

Result<std::unique_ptr<KernelScheduler>> FakeMachine::adopt()
{
    if (kernel.refuse_adoption) {
        detach();
        return std::unexpected(*kernel.refuse_adoption);
    }
    ++kernel.adoptions;
    return std::make_unique<FakeScheduler>(*this);
}

void FakeMachine::detach()
{
    ++kernel.detaches;
    say_kernel_runs("");
}

void FakeMachine::keep_descriptors(std::chrono::microseconds patience)
{
    world_.store = {.exists = true,
                    .take = [this] { return manager_.copies(); },
                    .is_being_restarted = [this] { return std::optional(restarts); },
                    .patience = patience};
}

void FakeMachine::say_kernel_runs(const std::string &ops)
{
    files_.write("sched_ext/state", ops.empty() ? "disabled\n" : "enabled\n");
    files_.remove("sched_ext/root");
    if (!ops.empty())
        files_.write("sched_ext/root/ops", ops + "\n");
}

void FakeMachine::eject(const ExitInfo &exit)
{
    kernel.exit = exit;
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(kernel.exit_event.get(), &one, sizeof one), sizeof one);
}

ExitStatus FakeMachine::run(std::vector<Step> steps)
{
    config::CommandLine line;
    line.settings = {{"no-dbus", !uses_bus_, {.name = "command line"}}};
    if (statistics) {
        line.action = config::Action::monitor;
        line.monitor_interval = *statistics;
    }
    auto configuration =
        load_configuration(line, world_.config_directories, world_.cpus).and_then(within_capacity);
    EXPECT_TRUE(configuration);
    world_.object = object;
    EventLoop loop = *EventLoop::open();
    Log log(LogTarget::console);
    Daemon daemon({.loop = loop, .log = log, .world = world_}, line, *configuration);
    control_ = &daemon;
    std::size_t next = 0;
    EventSource timer;
    timer = *loop.make_timer([&] {
        if (next < steps.size() && steps[next].when())
            steps[next++].act();
        timer.arm(poll_pause);
    });
    EventSource deadline = *loop.make_timer([&] { loop.exit(1); });
    timer.arm(poll_pause);
    deadline.arm(patience);
    const ExitStatus status = daemon.run();
    control_ = nullptr;
    EXPECT_EQ(next, steps.size()) << "a step's condition never held";
    return status;
}

bool FakeMachine::was_told(const std::string &start)
{
    return std::ranges::any_of(notifications(), [&start](const std::string &notification) {
        return notification.starts_with(start);
    });
}

} // namespace mitosis::daemon
