// SPDX-License-Identifier: GPL-2.0-only
// A machine for the daemon: cgroups and sched_ext's files in a temporary directory, a scheduler
// that only remembers, a service manager that writes down what it is told.
#pragma once

#include "fake_manager.hpp"
#include "temporary_directory.hpp"

#include "core/assignment.hpp"
#include "core/config.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/kernel_cell.hpp"
#include "core/kernel_event.hpp"
#include "core/status.hpp"
#include "daemon/event_loop.hpp"
#include "daemon/exit_status.hpp"
#include "daemon/log.hpp"
#include "daemon/world.hpp"
#include "engine/ports.hpp"
#include "sys/unique_fd.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mitosis::daemon {

/// What the fake schedulers did, all together.
struct Kernel {
    int loads = 0;
    int attaches = 0;
    int detaches = 0;
    int adoptions = 0;
    int schedulers = 0;               // that are there, attached or not
    int schedulers_when_attached = 0; // as of the last attachment
    std::optional<Error> refuse_adoption;
    std::vector<KernelCell> cells; // as of the last apply
    unsigned llcs = 0;             // of the machine that was loaded for last
    std::vector<Assignment> applied;
    std::optional<Error> refuse_attach;
    std::string runs_when_attached = "mitosis"; // what the kernel says then; "" for none
    std::optional<Error> refuse_apply;
    std::vector<double> used_cpus; // by cell id, all the time
    int samples = 0;
    std::atomic<int> settles = 0;               // but for those with a sample
    std::function<Result<void>()> when_loading; // on any thread; may be empty
    std::function<void()> when_sampled;         // what happens meanwhile; may be empty
    KernelEvents told;                          // not yet read
    std::vector<std::string> fallbacks;
    std::uint64_t cpuset_changes = 0;
    std::uint64_t cpusets_seen = 0;
    std::chrono::microseconds slice{0};
    SliceShrinking limits;
    std::map<unsigned, CellId> gives; // CPU -> cell: by itself, until the next apply
    bool insists_on_owners = false;   // also after an apply
    int refuse_next_applies = 0;      // so many, then no more
    std::optional<ExitInfo> exit;     // not yet told
    std::string dump;                 // not yet read
    sys::UniqueFd exit_event;
};

class FakeMachine {
public:
    FakeMachine();
    ~FakeMachine();
    FakeMachine(const FakeMachine &) = delete;
    FakeMachine &operator=(const FakeMachine &) = delete;
    FakeMachine(FakeMachine &&) = delete;
    FakeMachine &operator=(FakeMachine &&) = delete;

    void make_cgroup(const std::string &path) { files_.make_directory("cgroup" + path); }
    void remove_cgroup(const std::string &path) { files_.remove("cgroup" + path); }
    void write_config(const std::string &text) { files_.write("etc/mitosis.toml", text); }
    /// Loaded, as the daemon's are.
    [[nodiscard]] std::unique_ptr<KernelScheduler> load();
    /// CPUs leave or come, out of the eight that there can be.
    void set_online(const CpuSet &online) { online_ = online; }
    void say_kernel_runs(const std::string &ops);
    /// The service manager keeps descriptors from now on, and gives each run those of the one
    /// before, whose signs of life may be so old.
    void keep_descriptors(std::chrono::microseconds patience = std::chrono::minutes(1));
    /// The names of those that it has now.
    [[nodiscard]] std::vector<std::string> kept() { return manager_.kept(); }
    /// It loses one of them.
    void lose(const std::string &name) { manager_.lose(name); }
    [[nodiscard]] std::string stats_socket() const { return files_.path("stats"); }
    /// The service uses a bus that takes connections and never says a word.
    void make_silent_bus();
    /// The service uses the bus that listens there.
    void use_bus(const std::string &address);
    /// The kernel ends the scheduler.
    void eject(const ExitInfo &exit);

    /// One after the other: waits until the condition holds, then acts. The last one has to end the
    /// daemon.
    struct Step {
        std::function<bool()> when;
        std::function<void()> act;
    };
    /// Runs the daemon through the steps; fails the test when they take too long.
    ExitStatus run(std::vector<Step> steps);

    /// What the service manager was told so far, in order, but for descriptors.
    const std::vector<std::string> &notifications() { return manager_.notifications(); }
    [[nodiscard]] bool was_told(const std::string &start);

    /// What the bus would ask. Precondition: within a step.
    [[nodiscard]] engine::ControlPort &control() { return *control_; }
    /// For a part of the daemon alone.
    [[nodiscard]] const World &world() const { return world_; }

    Kernel kernel;
    std::optional<std::chrono::duration<double>> statistics; // print them in this interval
    std::vector<std::string> printed;                        // on standard output
    bool restarts = true;     // the service manager is about to, it says when asked
    std::uint64_t object = 1; // the fingerprint of what is loaded

    /// A scheduler is gone.
    void detach();

private:
    [[nodiscard]] Result<std::unique_ptr<KernelScheduler>> adopt();

    sys::TemporaryDirectory files_;
    CpuSet online_ = CpuSet::range(0, 7);
    FakeManager manager_;
    sys::UniqueFd bus_; // of a silent bus
    bool uses_bus_ = false;
    World world_;
    engine::ControlPort *control_ = nullptr; // while the daemon runs
};

/// Ends the daemon as systemd does.
void terminate();

} // namespace mitosis::daemon
