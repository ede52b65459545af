// SPDX-License-Identifier: GPL-2.0-only
// The scheduler's comings and goings.
#include "bus/facts.hpp"
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/kernel_event.hpp"
#include "core/status.hpp"
#include "core/topology.hpp"
#include "daemon/attachment.hpp"
#include "daemon/daemon.hpp"
#include "daemon/event_log.hpp"
#include "daemon/exit_status.hpp"
#include "daemon/facts.hpp"
#include "daemon/handover.hpp"
#include "daemon/identity.hpp"
#include "daemon/log.hpp"
#include "daemon/session.hpp"

#include <algorithm>
#include <chrono>
#include <expected>
#include <format>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace mitosis::daemon {
namespace {

/// After an attachment that lasted this long the next trouble counts as the first.
constexpr std::chrono::minutes healthy_life{1};
/// What attaching may take on a machine that is saturated.
constexpr std::chrono::minutes attach_patience{2};
/// How long a CPU may be away or back before its cell is told, which the kernel's side knows at
/// once; and how long what the scheduler missed may wait (bpf/settle.bpf.h).
constexpr std::chrono::seconds kernel_pause{1};

} // namespace

/// While the kernel takes a scheduler or lets go of one, nobody answers systemd's watchdog.
void Daemon::ask_for_time()
{
    notifier_.extend_timeout(attach_patience);
}

Daemon::Step Daemon::attach(Trigger trigger)
{
    ask_for_time();
    return expect_no_scheduler(world_)
        .and_then([this] { return load_scheduler(session_.config(), world_); })
        .and_then([&](Attachment loaded) { return attach_loaded(std::move(loaded), trigger); });
}

/// Precondition: loaded for the settings of the session, which is not attached.
Daemon::Step Daemon::attach_loaded(Attachment loaded, Trigger trigger)
{
    auto events = session_.bring_up(std::move(loaded), trigger);
    if (!events)
        return std::unexpected(std::move(events).error());
    if (auto watched = watch_kernel(); !watched)
        return watched;
    bus::ServiceFacts facts = board_.facts();
    ++facts.attachments;
    board_.set_facts(std::move(facts));
    log_.write({.message = std::format("Attached {}", session_.attachment()->ops),
                .id = MessageId::attached});
    after(*events);
    keep_for_next();
    return {};
}

/// Loads a scheduler for these settings beside the attached one, which goes on and is looked after:
/// what the kernel checks of a program may take it seconds.
std::expected<Attachment, StartFailure> Daemon::load_beside(const Config &config)
{
    auto loading = std::async(std::launch::async, [&] { return load_scheduler(config, world_); });
    while (loading.wait_for(kernel_pause) != std::future_status::ready) {
        handover_.beat(Clock::now());
        settle();
    }
    return loading.get();
}

/// Precondition: attached.
Daemon::Step Daemon::watch_kernel()
{
    const Attachment &attachment = *session_.attachment();
    auto source = loop_.on_readable(attachment.scheduler->event_fd(), [this] { hear(); });
    if (!source)
        return std::unexpected(StartFailure{ExitStatus::internal, to_string(source.error())});
    exit_source_ = *std::move(source);
    bus::ServiceFacts facts = board_.facts();
    show_attachment(attachment, facts);
    board_.set_facts(std::move(facts));
    return {};
}

/// With the scheduler of the process before, or with one of its own.
Daemon::Step Daemon::begin()
{
    const Config &config = configuration_.config;
    const auto identity = [&] {
        return read_topology_for(config, world_).transform([&](const Topology &topology) {
            return identity_of(world_.object, config, config, topology);
        });
    };
    auto kept = config.handover ? handover_.take(identity, Clock::now()) : handover_.refuse();
    if (kept)
        return take_over(*std::move(kept));
    if (!kept.error().empty())
        log_.write(LogLevel::info, "Attaching anew instead of going on with the scheduler that "
                                   "was attached: " +
                                       kept.error());
    return attach(Trigger::startup);
}

Daemon::Step Daemon::take_over(Kept kept)
{
    auto adopted = session_.adopt(std::move(kept));
    if (adopted)
        if (const auto exit = session_.find_exit(); exit && *exit)
            return begin_after(**exit);
    auto events = adopted.and_then([this] { return session_.go_on(); });
    if (!events) {
        log_.write(LogLevel::warn, "Attaching anew, since the scheduler that was attached cannot "
                                   "be taken over: " +
                                       to_string(events.error()));
        detach();
        return attach(Trigger::startup);
    }
    if (auto watched = watch_kernel(); !watched)
        return watched;
    log_.write({.message = std::format("Went on with {}, which was attached, generation {}",
                                       session_.attachment()->ops, session_.generation()),
                .id = MessageId::handover});
    after(*events);
    record();
    return {};
}

/// The kernel ended the scheduler while there was nobody to be told.
Daemon::Step Daemon::begin_after(const ExitInfo &exit)
{
    tell_exit(exit);
    if (asks_for_restart(exit))
        return attach(Trigger::startup);
    return std::unexpected(StartFailure{status_of_exit(exit), "It ended before this start"});
}

void Daemon::keep_for_next()
{
    if (!configuration_.config.handover)
        return;
    if (const auto kept =
            handover_.keep(*session_.attachment()->scheduler, session_.manifest(), Clock::now());
        !kept)
        log_.write(LogLevel::warn,
                   "A restart will attach anew, ignoring: " + to_string(kept.error()));
}

/// What the next process would have to know.
void Daemon::record()
{
    if (!handover_.keeps())
        return;
    if (const auto updated = handover_.update(session_.manifest()); !updated)
        log_.write(LogLevel::warn,
                   "A restart will attach anew, ignoring: " + to_string(updated.error()));
}

/// Without a bus nobody can say what comes next; then the service manager drops what it keeps, and
/// with it the scheduler, if it is not a start.
bool Daemon::stays_attached()
{
    if (status_ != ExitStatus::stopped || !session_.attachment() || !handover_.keeps())
        return false;
    const bool can_ask = board_.bus() != nullptr && board_.bus()->has_name();
    const auto answer = can_ask ? world_.store.is_being_restarted() : std::nullopt;
    return answer.value_or(true);
}

/// The kernel's side has something to say: that it ended, or what changed and is to be looked at.
void Daemon::hear()
{
    if (!is_detached())
        read_events();
}

/// Precondition: attached.
void Daemon::read_events()
{
    const KernelEvents told = session_.attachment()->scheduler->read_events();
    if (std::ranges::contains(told.events, KernelEvent::Kind::cpuset, &KernelEvent::kind))
        monitor_timer_.arm(std::chrono::microseconds::zero());
    for (const LogRecord &record : pin_log_.take(told.events, session_.state().cells, Clock::now()))
        log_.write(record);
    board_.tell(told);
}

/// Looks at the kernel before anything else is done, so that nothing is asked of a dead scheduler.
bool Daemon::is_detached()
{
    if (!session_.attachment())
        return true;
    const auto exit = session_.find_exit();
    if (!exit) {
        failed(exit.error());
        return false;
    }
    if (*exit) {
        handle_exit(**exit);
        return true;
    }
    return !follows_cpus();
}

/// False when the scheduler has to be attached anew, which then is under way.
bool Daemon::follows_cpus()
{
    const auto change = session_.follow_cpus();
    if (!change) {
        failed(change.error());
        return true;
    }
    if (*change == CpuChange::known)
        monitor_timer_.arm(std::chrono::microseconds::zero());
    if (*change != CpuChange::unknown)
        return true;
    log_.write(LogLevel::info, "A CPU came that was not there before, attaching anew");
    detach();
    show(State::detached, "hotplug");
    attach_later();
    return false;
}

/// Nobody tells an unprivileged service without a network that CPUs come and go; nor of most
/// events, of which there may be too many to wake for each. And the scheduler is not to wait for
/// samples, which may be hours apart.
void Daemon::look_after_kernel()
{
    kernel_timer_.arm(kernel_pause);
    handover_.beat(Clock::now());
    hear();
    settle();
    if (session_.attachment())
        notify_status(); // which tells how long ago something was
}

void Daemon::settle()
{
    if (!session_.attachment())
        return;
    if (const auto settled = session_.attachment()->scheduler->settle(); !settled)
        failed(settled.error());
}

void Daemon::handle_exit(const ExitInfo &exit)
{
    tell_exit(exit);
    if (asks_for_restart(exit))
        attach_later();
    else
        end(status_of_exit(exit));
}

void Daemon::tell_exit(const ExitInfo &exit)
{
    read_events(); // those that led to it
    const std::string dump = session_.attachment()->scheduler->read_dump();
    detach();
    log_.write(to_record(exit));
    for (const LogRecord &record : to_records_of_dump(dump))
        log_.write(record);
    bus::ServiceFacts facts = board_.facts();
    show_exit(exit, facts);
    board_.set_facts(std::move(facts));
}

/// What is left of it goes with the result.
std::unique_ptr<KernelScheduler> Daemon::detach()
{
    if (session_.attachment() &&
        Clock::now() - session_.attachment()->attached_monotonic > healthy_life)
        back_off_.reset();
    exit_source_.stop();
    handover_.forget();
    return session_.take_down();
}

/// The kernel may have ended it while the next one was loaded.
std::unique_ptr<KernelScheduler> Daemon::detach_for_next()
{
    if (session_.attachment())
        if (const auto exit = session_.find_exit(); exit && *exit)
            tell_exit(**exit);
    return detach();
}

void Daemon::attach_later()
{
    if (const auto pause = back_off_.next()) {
        attach_timer_.arm(*pause);
        return;
    }
    log_.write(LogLevel::error, "The scheduler could not be kept attached, giving up");
    end(ExitStatus::ejected);
}

void Daemon::attach_again()
{
    if (session_.attachment())
        return;
    if (const auto attached = attach(Trigger::hotplug); !attached) {
        log_.write(LogLevel::warn, attached.error().message + ", trying again");
        attach_later();
        return;
    }
    monitor_timer_.arm(interval());
    notify_status();
}

} // namespace mitosis::daemon
