// SPDX-License-Identifier: GPL-2.0-only
#include "bus/service.hpp"

#include "bus/connection.hpp"
#include "bus/event_feed.hpp"
#include "bus/facts.hpp"
#include "bus/view.hpp"
#include "bus/wire.hpp"
#include "core/cell_table.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/kernel_event.hpp"
#include "core/status.hpp"

#include <sdbus-c++/Error.h>
#include <systemd/sd-event.h>

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace mitosis::bus {

namespace {

constexpr const char *bus_name = "org.scx.Mitosis";

Now read_clocks()
{
    return {Clock::now(), std::chrono::system_clock::now()};
}

} // namespace

Result<std::unique_ptr<BusService>> BusService::open(sd_event *event, ServicePorts ports,
                                                     ServiceOptions options)
{
    std::unique_ptr<BusService> service(new BusService(event, ports, options.observer));
    Connection::Options to_bus;
    to_bus.name = bus_name;
    to_bus.address = std::move(options.address);
    to_bus.observer = std::move(options.observer);
    auto connection = Connection::open(event, service->publisher_, std::move(to_bus));
    if (!connection)
        return std::unexpected(std::move(connection).error());
    service->connection_ = *std::move(connection);
    return service;
}

BusService::BusService(sd_event *event, ServicePorts ports, BusObserver observer)
    : event_(sd_event_ref(event)), observer_(std::move(observer)), calls_(ports.control),
      publisher_(event,
                 {.calls = calls_,
                  .log = ports.log,
                  .events = events_.kept(),
                  .report = [this](const std::string &fault) { report_fault(fault); }},
                 [this] { flush_due(); })
{
}

void BusService::set_facts(ServiceFacts facts)
{
    const bool exited = facts.last_exit.kind != 0 && facts.last_exit != facts_.last_exit;
    facts_ = std::move(facts);
    if (!facts_.settings.features.debug_events)
        events_.clear();
    show();
    if (exited)
        signal_exit(facts_.last_exit);
}

void BusService::publish(const Status &status, std::span<const Event> events)
{
    status_ = status;
    show();
    signal_rebalanced(events);
}

void BusService::tell(const KernelEvents &told)
{
    if (!facts_.settings.features.debug_events)
        return;
    events_.add(told);
    signal_events();
}

// The functions below are where what sdbus-c++ throws ends: a signal that cannot be sent is
// told to the observer and skipped.
void BusService::show()
{
    try {
        publisher_.update(make_view(status_, facts_, publisher_.view(), read_clocks()));
    } catch (const sdbus::Error &error) {
        report(error.getMessage());
    }
}

void BusService::flush_due()
{
    try {
        publisher_.flush();
    } catch (const sdbus::Error &error) {
        report(error.getMessage());
    }
}

void BusService::signal_rebalanced(std::span<const Event> events)
{
    try {
        for (const Event &event : events)
            if (const auto *moved = std::get_if<Reassigned>(&event);
                moved != nullptr && publisher_.manager() != nullptr)
                publisher_.manager()->emitRebalanced(moved->generation, to_string(moved->trigger),
                                                     to_wire(moved->shifts));
    } catch (const sdbus::Error &error) {
        report(error.getMessage());
    }
}

void BusService::signal_exit(const ExitInfo &exit)
{
    try {
        if (publisher_.manager() != nullptr)
            publisher_.manager()->emitSchedulerExited(exit.kind, exit.code, exit.reason,
                                                      exit.message);
    } catch (const sdbus::Error &error) {
        report(error.getMessage());
    }
}

void BusService::signal_events()
{
    try {
        if (publisher_.manager() == nullptr)
            return;
        if (const auto batch = events_.take(Clock::now()))
            publisher_.manager()->emitSchedulerEvents(to_wire(*batch), batch->left_out());
    } catch (const sdbus::Error &error) {
        report(error.getMessage());
    }
}

void BusService::announce_reconfigured(std::uint64_t generation, const std::string &origin,
                                       const std::vector<std::string> &changed)
{
    try {
        if (publisher_.manager() != nullptr)
            publisher_.manager()->emitReconfigured(generation, origin, changed);
    } catch (const sdbus::Error &error) {
        report(error.getMessage());
    }
}

void BusService::report(const std::string &problem) const
{
    if (observer_)
        observer_(BusChange::failed, {std::make_error_code(std::errc::io_error),
                                      "send a signal on the bus: " + problem});
}

void BusService::report_fault(const std::string &fault) const
{
    if (observer_)
        observer_(BusChange::faulted,
                  {std::make_error_code(std::errc::state_not_recoverable), fault});
}

bool BusService::settle(std::chrono::milliseconds timeout)
{
    const auto deadline = Clock::now() + timeout;
    while (!connection_->settled() && Clock::now() < deadline) {
        const auto left =
            std::chrono::ceil<std::chrono::microseconds>(deadline - Clock::now()).count();
        if (left <= 0 || sd_event_run(event_.get(), static_cast<std::uint64_t>(left)) < 0)
            break;
    }
    return has_name();
}

} // namespace mitosis::bus
