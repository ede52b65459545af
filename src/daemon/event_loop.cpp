// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/event_loop.hpp"

#include "core/error.hpp"

#include <signal.h> // NOLINT(modernize-deprecated-headers): sigset_t is POSIX
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <systemd/sd-event.h>

#include <cassert>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <utility>

namespace mitosis::daemon {
namespace {

using Callback = EventSource::Callback;

constexpr std::uint64_t timer_accuracy_us = 1000;

int call(void *callback) noexcept
{
    (*static_cast<Callback *>(callback))();
    return 0;
}

int on_io(sd_event_source * /*source*/, int /*fd*/, std::uint32_t /*events*/,
          void *callback) noexcept
{
    return call(callback);
}

int on_signal_received(sd_event_source * /*source*/, const signalfd_siginfo * /*signal*/,
                       void *callback) noexcept
{
    return call(callback);
}

int on_time(sd_event_source * /*source*/, std::uint64_t /*usec*/, void *callback) noexcept
{
    return call(callback);
}

} // namespace

void EventSource::arm(std::chrono::microseconds delay)
{
    const auto usec = static_cast<std::uint64_t>(delay.count());
    // Both fail only for a source that is no timer.
    [[maybe_unused]] const int timed = sd_event_source_set_time_relative(source_.get(), usec);
    [[maybe_unused]] const int enabled =
        sd_event_source_set_enabled(source_.get(), SD_EVENT_ONESHOT);
    assert(timed >= 0 && enabled >= 0);
}

Result<EventLoop> EventLoop::open()
{
    sd_event *event = nullptr;
    if (const int made = sd_event_new(&event); made < 0)
        return fail(-made, "make an event loop");
    EventLoop loop;
    loop.event_.reset(event);
    return loop;
}

Result<EventSource> EventLoop::on_readable(int fd, Callback callback)
{
    EventSource source;
    source.callback_ = std::make_unique<Callback>(std::move(callback));
    sd_event_source *raw = nullptr;
    if (const int added = sd_event_add_io(get(), &raw, fd, EPOLLIN, on_io, source.callback_.get());
        added < 0)
        return fail(-added, "watch a file descriptor");
    source.source_.reset(raw);
    return source;
}

Result<EventSource> EventLoop::on_signal(int number, Callback callback)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, number);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    EventSource source;
    source.callback_ = std::make_unique<Callback>(std::move(callback));
    sd_event_source *raw = nullptr;
    if (const int added =
            sd_event_add_signal(get(), &raw, number, on_signal_received, source.callback_.get());
        added < 0)
        return fail(-added, "watch a signal");
    source.source_.reset(raw);
    return source;
}

Result<EventSource> EventLoop::make_timer(Callback callback)
{
    EventSource source;
    source.callback_ = std::make_unique<Callback>(std::move(callback));
    sd_event_source *raw = nullptr;
    if (const int added = sd_event_add_time(get(), &raw, CLOCK_MONOTONIC, UINT64_MAX,
                                            timer_accuracy_us, on_time, source.callback_.get());
        added < 0)
        return fail(-added, "make a timer");
    source.source_.reset(raw);
    return source;
}

Result<void> EventLoop::answer_watchdog()
{
    if (const int set = sd_event_set_watchdog(get(), 1); set < 0)
        return fail(-set, "set the watchdog");
    return {};
}

Result<int> EventLoop::run()
{
    const int code = sd_event_loop(get());
    if (code < 0)
        return fail(-code, "run the event loop");
    return code;
}

bool EventLoop::is_ending() const
{
    int code = 0;
    return sd_event_get_exit_code(get(), &code) >= 0;
}

void EventLoop::exit(int code)
{
    // Fails only once the loop has ended.
    (void)sd_event_exit(get(), code);
}

} // namespace mitosis::daemon
