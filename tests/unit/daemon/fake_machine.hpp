// SPDX-License-Identifier: GPL-2.0-only
// A machine for the daemon: cgroups and sched_ext's files in a temporary directory, a scheduler
// that only remembers, a service manager that writes down what it is told.
#pragma once

#include "temporary_directory.hpp"

#include "core/assignment.hpp"
#include "core/error.hpp"
#include "core/status.hpp"
#include "daemon/event_loop.hpp"
#include "daemon/exit_status.hpp"
#include "daemon/log.hpp"
#include "daemon/world.hpp"
#include "sys/unique_fd.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mitosis::daemon {

/// What the fake schedulers did, all together.
struct Kernel {
    int loads = 0;
    int attaches = 0;
    int detaches = 0;
    std::vector<Assignment> applied;
    std::optional<Error> refuse_attach;
    std::optional<Error> refuse_apply;
    std::optional<ExitInfo> exit; // not yet told
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
    void say_kernel_runs(const std::string &ops);
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

    /// What the service manager was told so far, in order.
    const std::vector<std::string> &notifications();
    [[nodiscard]] bool was_told(const std::string &start);

    Kernel kernel;

private:
    sys::TemporaryDirectory files_;
    sys::UniqueFd manager_; // the service manager's end
    std::vector<std::string> notifications_;
    World world_;
};

/// Ends the daemon as systemd does.
void terminate();

} // namespace mitosis::daemon
