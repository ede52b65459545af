// SPDX-License-Identifier: GPL-2.0-only
// BusService: the whole service on the message bus, behind one door. The daemon opens it, tells it
// facts, gives it to the engine as its StatusSink, and runs the sd-event loop. Everything here is
// called from the thread of that loop. A missing, hung or restarted bus never is an error of a
// call: what was published meanwhile is there when the bus is.
//
//   auto service = BusService::open(event, {control, log}, {});
//   service->set_facts(facts);          // before the loop runs, so that nobody sees empty facts
//   service->settle(2s);                // before READY=1
//   ... service->publish(...), service->set_facts(...) whenever something changed
#pragma once

#include "bus/calls.hpp"
#include "bus/connection.hpp"
#include "bus/event_feed.hpp"
#include "bus/facts.hpp"
#include "bus/log_level.hpp"
#include "bus/publisher.hpp"
#include "bus/sd_ptr.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/kernel_event.hpp"
#include "core/status.hpp"
#include "engine/ports.hpp"

#include <systemd/sd-event.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace mitosis::bus {

/// What the service asks of the daemon. Both must outlive it.
struct ServicePorts {
    engine::ControlPort &control;
    LogLevelPort &log;
};

struct ServiceOptions {
    std::string address = system_bus_address();
    /// Told when the name is acquired, when the bus is lost, when an attempt or a signal failed,
    /// and when a call ended in an exception. May be empty. Must not throw.
    BusObserver observer;
};

class BusService final : public engine::StatusSink {
public:
    /// Fails only when the event loop refuses an event source, never for want of a bus.
    [[nodiscard]] static Result<std::unique_ptr<BusService>>
    open(sd_event *event, ServicePorts ports, ServiceOptions options);

    BusService(const BusService &) = delete;
    BusService &operator=(const BusService &) = delete;
    ~BusService() override = default;

    /// New facts take effect at once. An exit that was not there before is signalled as
    /// SchedulerExited; a changed state is signalled without delay.
    void set_facts(ServiceFacts facts);

    /// What the engine knows now. A Reassigned event is signalled as Rebalanced.
    void publish(const Status &status, std::span<const Event> events) override;

    /// What the scheduler tells of, for the dump and the signal SchedulerEvents; of no effect while
    /// the facts do not say debug_events. What may not be signalled yet waits for the next call.
    void tell(const KernelEvents &told);

    /// Signals Reconfigured: after every reload that changed something, whatever asked for it.
    /// `origin` is "files" or "dbus".
    void announce_reconfigured(std::uint64_t generation, const std::string &origin,
                               const std::vector<std::string> &changed);

    /// Runs the loop until the name is acquired or the first attempt failed, at most `timeout`.
    /// Whether the name is ours.
    bool settle(std::chrono::milliseconds timeout);
    [[nodiscard]] bool has_name() const { return connection_->has_name(); }

private:
    BusService(sd_event *event, ServicePorts ports, BusObserver observer);

    void show();
    void flush_due();
    void report(const std::string &problem) const;
    void report_fault(const std::string &fault) const;
    void signal_rebalanced(std::span<const Event> events);
    void signal_exit(const ExitInfo &exit);
    void signal_events();

    SdPtr<sd_event> event_;
    BusObserver observer_;
    Calls calls_;
    ServiceFacts facts_;
    Status status_;
    EventFeed events_;
    Publisher publisher_;
    std::unique_ptr<Connection> connection_; // last: it moves the publisher out when destroyed
};

} // namespace mitosis::bus
