// SPDX-License-Identifier: GPL-2.0-only
// EventLoop: sd-event with owners. A source lives as long as its EventSource; its callback runs on
// the one thread, must not throw, and must not destroy its own source.
#pragma once

#include "core/error.hpp"

#include <systemd/sd-event.h>

#include <chrono>
#include <functional>
#include <memory>

namespace mitosis::daemon {

struct EventDeleter {
    void operator()(sd_event *event) const { sd_event_unref(event); }
    void operator()(sd_event_source *source) const { sd_event_source_disable_unref(source); }
};

class EventSource {
public:
    using Callback = std::function<void()>;

    /// Of a timer: runs the callback once, `delay` from now, instead of when it was armed for.
    void arm(std::chrono::microseconds delay);

    /// No call follows; also from within its own callback.
    void stop() { source_.reset(); }

private:
    friend class EventLoop;
    std::unique_ptr<Callback> callback_; // at a fixed place: the source points to it
    std::unique_ptr<sd_event_source, EventDeleter> source_;
};

class EventLoop {
public:
    [[nodiscard]] static Result<EventLoop> open();

    [[nodiscard]] Result<EventSource> on_readable(int fd, EventSource::Callback callback);
    /// Blocks the signal for the process.
    [[nodiscard]] Result<EventSource> on_signal(int number, EventSource::Callback callback);
    /// CLOCK_MONOTONIC; off until armed.
    [[nodiscard]] Result<EventSource> make_timer(EventSource::Callback callback);

    /// Answers the service manager's watchdog for as long as the loop runs.
    [[nodiscard]] Result<void> answer_watchdog();

    /// Until exit() was called; what it was given.
    [[nodiscard]] Result<int> run();
    void exit(int code);
    /// exit() was called, or the loop has ended; nothing may be added or armed any more.
    [[nodiscard]] bool is_ending() const;

    [[nodiscard]] sd_event *get() const { return event_.get(); }

private:
    std::unique_ptr<sd_event, EventDeleter> event_;
};

} // namespace mitosis::daemon
