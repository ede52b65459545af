// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/daemon.hpp"

#include "stats/metrics.hpp"
#include "stats/server.hpp"

#include "bus/connection.hpp"
#include "bus/facts.hpp"
#include "bus/service.hpp"
#include "config/command_line.hpp"
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/status.hpp"
#include "daemon/attachment.hpp"
#include "daemon/cgroup_trigger.hpp"
#include "daemon/configuration.hpp"
#include "daemon/event_log.hpp"
#include "daemon/event_loop.hpp"
#include "daemon/exit_status.hpp"
#include "daemon/facts.hpp"
#include "daemon/log.hpp"
#include "daemon/session.hpp"
#include "sys/cgroup_watch.hpp"

#include <signal.h> // NOLINT(modernize-deprecated-headers): SIGHUP is POSIX

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace mitosis::daemon {
namespace {

/// What the start waits for the bus to answer; the service is ready without it, too.
constexpr std::chrono::seconds bus_patience{2};

LogRecord about_bus(bus::BusChange change, const Error &error)
{
    if (change == bus::BusChange::acquired)
        return {.message = "On the message bus as org.scx.Mitosis"};
    if (change == bus::BusChange::faulted)
        return {.level = LogLevel::error,
                .message = "A call on the bus went wrong and was refused: " + error.context};
    const auto *const what = change == bus::BusChange::lost ? "Lost" : "No use of";
    return {.level = LogLevel::warn,
            .message = std::string(what) + " the message bus, ignoring: " + to_string(error)};
}

} // namespace

Daemon::Daemon(Surroundings around, config::CommandLine line, Configuration configuration)
    : loop_(around.loop), log_(around.log), world_(around.world), line_(std::move(line)),
      configuration_(std::move(configuration)), session_(configuration_.config, world_, board_)
{
    log_.set(configuration_.config.log_level);
}

ExitStatus Daemon::run()
{
    if (const auto started = start(); started) {
        loop();
    } else {
        log_.write(LogLevel::error, started.error().message);
        status_ = started.error().status;
    }
    stop();
    return status_;
}

Daemon::Step Daemon::start()
{
    bus::ServiceFacts facts = board_.facts();
    facts.version = MITOSIS_VERSION;
    show_no_exits(facts);
    show_configuration(configuration_, facts);
    board_.set_facts(std::move(facts));
    if (const auto added = add_sources(); !added)
        return std::unexpected(StartFailure{ExitStatus::internal, to_string(added.error())});
    if (auto attached = begin(); !attached)
        return attached;
    // Only now: the first answer starts the manager's clock, and attaching may take longer.
    if (const auto watched = loop_.answer_watchdog(); !watched)
        return std::unexpected(StartFailure{ExitStatus::internal, to_string(watched.error())});
    if (const auto opened = open_bus(); !opened)
        return std::unexpected(StartFailure{ExitStatus::internal, to_string(opened.error())});
    if (loop_.is_ending()) // told so while waiting for the bus
        return {};
    open_stats();
    monitor_timer_.arm(interval());
    look_after_kernel();
    if (line_.action == config::Action::monitor)
        print_statistics();
    notify_ready();
    return {};
}

Result<void> Daemon::add_sources()
{
    for (const int number : {SIGTERM, SIGINT})
        if (auto added = add_signal(number, [this] { end(ExitStatus::stopped); }); !added)
            return added;
    if (auto added = add_signal(SIGHUP, [this] { reload_by_signal(); }); !added)
        return added;
    auto monitor_timer = loop_.make_timer([this] { tick(); });
    auto attach_timer = loop_.make_timer([this] { attach_again(); });
    auto kernel_timer = loop_.make_timer([this] { look_after_kernel(); });
    auto print_timer = loop_.make_timer([this] { print_statistics(); });
    for (auto *const timer : {&monitor_timer, &attach_timer, &kernel_timer, &print_timer})
        if (!*timer)
            return std::unexpected(timer->error());
    monitor_timer_ = *std::move(monitor_timer);
    attach_timer_ = *std::move(attach_timer);
    kernel_timer_ = *std::move(kernel_timer);
    print_timer_ = *std::move(print_timer);
    return add_cgroup_trigger();
}

Result<void> Daemon::add_signal(int number, EventSource::Callback callback)
{
    return loop_.on_signal(number, std::move(callback)).transform([this](EventSource source) {
        signals_.push_back(std::move(source));
    });
}

Result<void> Daemon::add_cgroup_trigger()
{
    auto watch =
        sys::CgroupWatch::open(world_.cgroup_root, configuration_.config.cell_parent_cgroup);
    if (!watch)
        return std::unexpected(std::move(watch).error());
    return CgroupTrigger::open(loop_, *std::move(watch),
                               {.changed = [this] { tick(); },
                                .failed = [this](const Error &error) { failed(error); }})
        .transform([this](auto trigger) { cgroups_ = std::move(trigger); });
}

Result<void> Daemon::open_bus()
{
    if (!configuration_.config.dbus)
        return {};
    auto bus =
        bus::BusService::open(loop_.get(), {.control = *this, .log = log_},
                              {.observer = [this](bus::BusChange change, const Error &error) {
                                  const bool is_old_news = change == bus::BusChange::lost ||
                                                           change == bus::BusChange::failed;
                                  if (!is_old_news || bus_warnings_.allows(Clock::now()))
                                      log_.write(about_bus(change, error));
                              }});
    if (!bus)
        return std::unexpected(std::move(bus).error());
    board_.join(*std::move(bus));
    // Without a bus the service is as ready as with it.
    (void)board_.bus()->settle(bus_patience);
    return {};
}

/// Scheduling goes on without it: in the foreground there may be no right to make the folder.
void Daemon::open_stats()
{
    if (world_.stats_socket.empty())
        return;
    auto server =
        stats::Server::open(loop_.get(), world_.stats_socket, [this] { return board_.metrics(); });
    if (server)
        board_.join(*std::move(server));
    else
        log_.write(LogLevel::warn, "No statistics socket, ignoring: " + to_string(server.error()));
}

/// Whoever reads them may go away; the scheduler stays.
void Daemon::print_statistics()
{
    const auto text = stats::to_pretty(board_.metrics());
    if (text && world_.print(*text))
        print_timer_.arm(
            std::chrono::duration_cast<std::chrono::microseconds>(line_.monitor_interval));
}

void Daemon::loop()
{
    if (loop_.is_ending())
        return;
    if (const auto ended = loop_.run(); !ended) {
        log_.write(LogLevel::error, to_string(ended.error()));
        status_ = ExitStatus::internal;
    }
}

void Daemon::stop()
{
    if (stays_attached()) {
        handover_.beat(Clock::now());
        session_.let_go();
        notifier_.leaving();
        log_.write(LogLevel::info, "Leaving the scheduler attached, for the next start to go on");
        return;
    }
    notifier_.stopping();
    if (!session_.attachment())
        return;
    detach();
    log_.write({.message = "Detached, the kernel's own scheduler has the CPUs",
                .id = MessageId::detached});
}

void Daemon::end(ExitStatus status)
{
    status_ = status;
    if (session_.attachment())
        show(State::stopping, "");
    loop_.exit(0);
}

void Daemon::tick()
{
    if (is_detached())
        return;
    monitor_timer_.arm(interval());
    const auto events = session_.tick(Trigger::automatic);
    if (events)
        after(*events);
    else
        failed(events.error());
}

void Daemon::after(const Events &events)
{
    for (const LogRecord &record : to_records(events))
        log_.write(record);
    if (!events.empty())
        record();
    tick_warnings_.reset();
    if (log_.get() >= LogLevel::debug)
        log_.write(LogLevel::debug, measured_line(board_.status()));
    show(State::running, "");
    notify_status();
}

void Daemon::failed(const Error &error)
{
    if (error.context.starts_with("roll back")) {
        log_.write({.level = LogLevel::error,
                    .message = "Neither the new nor the last configuration can be applied: " +
                               to_string(error),
                    .id = MessageId::rollback_failed});
        end(ExitStatus::internal);
        return;
    }
    if (error.context.starts_with("apply cells"))
        show(State::degraded, "apply-failed");
    if (tick_warnings_.allows(Clock::now()))
        log_.write(LogLevel::warn, to_string(error) + ", ignoring");
}

void Daemon::show(State state, const std::string &reason)
{
    bus::ServiceFacts facts = board_.facts();
    facts.state = state;
    facts.state_reason = reason;
    if (!session_.attachment())
        show_no_attachment(facts);
    facts.apply_duration_us = static_cast<std::uint64_t>(
        std::chrono::ceil<std::chrono::microseconds>(session_.apply_duration()).count());
    if (facts != board_.facts())
        board_.set_facts(std::move(facts));
}

void Daemon::notify_ready()
{
    const auto now = Clock::now();
    notifier_.ready(board_.status_line(now), now);
}

void Daemon::notify_status()
{
    const auto now = Clock::now();
    notifier_.status(board_.status_line(now), now);
}

std::chrono::microseconds Daemon::interval() const
{
    return std::chrono::duration_cast<std::chrono::microseconds>(
        configuration_.config.monitor_interval);
}

} // namespace mitosis::daemon
