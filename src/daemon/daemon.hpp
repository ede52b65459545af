// SPDX-License-Identifier: GPL-2.0-only
// Daemon: what happens when. Timer, cgroups, signals, the scheduler's exit and the bus wake it;
// everything that is to be decided about CPUs is the engine's. Here alone it is chosen what a
// failure means:
//   start fails            one message, a documented exit status
//   a tick fails           a warning (not every time), the tick is skipped
//   an apply fails         the engine rolled back; State says degraded until one succeeds
//   the roll back fails    detach and end: the kernel's scheduler takes over, systemd restarts us
//   the kernel ends it     a record in the journal, then end; or attach anew where it asks for that
//   a reload is refused    what runs goes on
// A start goes on with the scheduler of the process before, where there is one that fits.
#pragma once

#include "bus/token_bucket.hpp"
#include "config/command_line.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/status.hpp"
#include "daemon/attachment.hpp"
#include "daemon/back_off.hpp"
#include "daemon/cgroup_trigger.hpp"
#include "daemon/configuration.hpp"
#include "daemon/event_loop.hpp"
#include "daemon/exit_status.hpp"
#include "daemon/handover.hpp"
#include "daemon/log.hpp"
#include "daemon/notify.hpp"
#include "daemon/pin_log.hpp"
#include "daemon/repeat_limit.hpp"
#include "daemon/session.hpp"
#include "daemon/status_board.hpp"
#include "daemon/world.hpp"
#include "engine/ports.hpp"

#include <chrono>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace mitosis::daemon {

/// All outlive the daemon.
struct Surroundings {
    EventLoop &loop;
    Log &log;
    const World &world;
};

class Daemon final : public engine::ControlPort {
public:
    /// `line` is read again at every reload.
    Daemon(Surroundings around, config::CommandLine line, Configuration configuration);
    Daemon(const Daemon &) = delete;
    Daemon &operator=(const Daemon &) = delete;
    ~Daemon() override = default;

    /// The whole life of the service: start, loop, stop.
    [[nodiscard]] ExitStatus run();

    [[nodiscard]] Result<engine::RebalanceOutcome>
    rebalance(const engine::RebalanceRequest &request) override;
    /// EINVAL for a refused configuration; the context holds every complaint.
    [[nodiscard]] Result<engine::ReconfigureOutcome> reload() override;
    [[nodiscard]] Result<engine::ReconfigureOutcome>
    reconfigure(const engine::ReconfigureRequest &request) override;
    [[nodiscard]] Result<engine::ReconfigureOutcome>
    reset(std::span<const std::string> names) override;
    [[nodiscard]] Result<std::string> cgroup_of(int pidfd) override;

private:
    using Step = std::expected<void, StartFailure>;

    // daemon.cpp: start, stop, ticks
    [[nodiscard]] Step start();
    [[nodiscard]] Result<void> add_sources();
    [[nodiscard]] Result<void> add_signal(int number, EventSource::Callback callback);
    [[nodiscard]] Result<void> add_cgroup_trigger();
    [[nodiscard]] Result<void> open_bus();
    void open_stats();
    void print_statistics();
    void loop();
    void stop();
    void end(ExitStatus status);
    void tick();
    void after(const Events &events);
    void failed(const Error &error);
    void show(State state, const std::string &reason);
    void notify_ready();
    void notify_status();
    [[nodiscard]] std::chrono::microseconds interval() const;

    // daemon_attach.cpp: the scheduler's comings and goings
    void ask_for_time();
    [[nodiscard]] Step attach(Trigger trigger);
    [[nodiscard]] Step attach_loaded(Attachment loaded, Trigger trigger);
    [[nodiscard]] std::expected<Attachment, StartFailure> load_beside(const Config &config);
    [[nodiscard]] Step watch_kernel();
    [[nodiscard]] Step begin();
    [[nodiscard]] Step take_over(Kept kept);
    [[nodiscard]] Step begin_after(const ExitInfo &exit);
    void keep_for_next();
    void record();
    [[nodiscard]] bool stays_attached();
    void hear();
    void read_events();
    [[nodiscard]] bool is_detached();
    [[nodiscard]] bool follows_cpus();
    void look_after_kernel();
    void settle();
    void handle_exit(const ExitInfo &exit);
    void tell_exit(const ExitInfo &exit);
    std::unique_ptr<KernelScheduler> detach();
    [[nodiscard]] std::unique_ptr<KernelScheduler> detach_for_next();
    void attach_again();
    void attach_later();

    // daemon_settings.cpp: other settings while it runs
    struct ChangeMode {
        bool allow_reattach;
        bool dry_run;
    };
    void reload_by_signal();
    [[nodiscard]] Result<engine::ReconfigureOutcome> load_anew();
    [[nodiscard]] Result<void> check_reload(const Configuration &next,
                                            const std::vector<std::string> &changed);
    [[nodiscard]] Result<Decision> plan(const Configuration &next,
                                        const std::vector<std::string> &changed);
    [[nodiscard]] Result<engine::ReconfigureOutcome> change(Configuration next, ChangeMode mode);
    [[nodiscard]] Result<engine::ReconfigureOutcome> commit(Configuration next,
                                                            const std::string &origin);
    [[nodiscard]] Result<void> put_in_force(const Configuration &next,
                                            const std::vector<std::string> &changed);
    [[nodiscard]] Result<void> attach_with(const Configuration &next);

    EventLoop &loop_;
    Log &log_;
    const World &world_;
    config::CommandLine line_;
    Configuration configuration_;
    Notifier notifier_;
    Handover handover_{world_, notifier_};
    RepeatLimit tick_warnings_{std::chrono::seconds(30)};
    RepeatLimit bus_warnings_{std::chrono::minutes(10)};
    PinLog pin_log_{std::chrono::minutes(1)};
    /// Each walks through every task in the kernel; by a caller on the bus at most this often.
    bus::TokenBucket reattachments_{1, std::chrono::seconds(30)};
    BackOff back_off_{std::chrono::milliseconds(100), std::chrono::seconds(5), 8};
    ExitStatus status_ = ExitStatus::stopped;
    StatusBoard board_;
    Session session_;
    // Last: no callback outlives what it uses.
    std::unique_ptr<CgroupTrigger> cgroups_;
    std::vector<EventSource> signals_;
    EventSource exit_source_;
    EventSource monitor_timer_;
    EventSource attach_timer_;
    EventSource kernel_timer_;
    EventSource print_timer_;
};

} // namespace mitosis::daemon
