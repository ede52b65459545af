// SPDX-License-Identifier: GPL-2.0-only
#include "bus/connection.hpp"

#include "core/error.hpp"

#include <sdbus-c++/Error.h>
#include <sdbus-c++/IConnection.h>
#include <systemd/sd-bus-protocol.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <expected>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace mitosis::bus {

namespace {

// sdbus-c++ asks the bus who a caller is and waits for the answer: a bus that hangs may hold up the
// loop for this long, no longer.
constexpr std::chrono::microseconds call_timeout{1'000'000};

constexpr const char *local = "org.freedesktop.DBus.Local";
constexpr const char *local_path = "/org/freedesktop/DBus/Local";

Result<void> check(int returned, const char *doing)
{
    if (returned < 0)
        return fail(-returned, doing);
    return {};
}

} // namespace

std::string system_bus_address()
{
    const char *address = std::getenv("DBUS_SYSTEM_BUS_ADDRESS");
    return address != nullptr ? address : "unix:path=/run/dbus/system_bus_socket";
}

Result<std::unique_ptr<Connection>> Connection::open(sd_event *event, BusTenant &tenant,
                                                     Options options)
{
    std::unique_ptr<Connection> connection(new Connection(event, tenant, std::move(options)));
    sd_event_source *timer = nullptr;
    if (auto added = check(
            sd_event_add_time(event, &timer, CLOCK_MONOTONIC, 0, 0, &on_timer, connection.get()),
            "add the bus timer to the event loop");
        !added)
        return std::unexpected(added.error());
    connection->timer_.reset(timer);
    return connection;
}

Connection::Connection(sd_event *event, BusTenant &tenant, Options options)
    : event_(sd_event_ref(event)), tenant_(tenant), options_(std::move(options)),
      pause_(options_.first_pause)
{
}

Connection::~Connection()
{
    drop();
}

// The timer is one-shot, so every event source callback that wants more schedules it again.
void Connection::work() noexcept
{
    switch (phase_) {
    case Phase::waiting:
        return attempt();
    case Phase::opened:
        return serve();
    case Phase::lost:
        drop();
        return retry_later({std::make_error_code(std::errc::not_connected), "message bus"});
    case Phase::opening:
    case Phase::serving:
    case Phase::named:
        return;
    }
}

void Connection::attempt()
{
    phase_ = Phase::opening;
    if (auto opened = open_bus(); !opened) {
        drop();
        retry_later(opened.error());
    }
}

Result<void> Connection::open_bus()
{
    sd_bus *bus = nullptr;
    if (auto made = check(sd_bus_new(&bus), "make a bus connection"); !made)
        return made;
    bus_.reset(bus);
    if (auto done = check(configure(), "set up the bus connection"); !done)
        return done;
    if (auto done = check(watch(), "watch the bus connection"); !done)
        return done;
    return check(start(), "connect to the message bus");
}

int Connection::configure()
{
    int r = sd_bus_set_address(bus_.get(), options_.address.c_str());
    r = r < 0 ? r : sd_bus_set_bus_client(bus_.get(), 1);
    r = r < 0 ? r : sd_bus_set_connected_signal(bus_.get(), 1);
    // The end of the loop is not to wait for a bus that hangs; what was sent is on its way.
    r = r < 0 ? r : sd_bus_set_close_on_exit(bus_.get(), 0);
    return r < 0 ? r : sd_bus_set_exit_on_disconnect(bus_.get(), 0);
}

int Connection::watch()
{
    sd_bus_slot *slot = nullptr;
    int r = sd_bus_match_signal(bus_.get(), &slot, local, local_path, local, "Connected",
                                &on_connected, this);
    connected_.reset(slot);
    if (r < 0)
        return r;
    slot = nullptr;
    r = sd_bus_match_signal(bus_.get(), &slot, local, local_path, local, "Disconnected",
                            &on_disconnected, this);
    disconnected_.reset(slot);
    return r;
}

int Connection::start()
{
    int r = sd_bus_start(bus_.get());
    r = r < 0 ? r
              : sd_bus_set_method_call_timeout(bus_.get(),
                                               static_cast<std::uint64_t>(call_timeout.count()));
    return r < 0 ? r : sd_bus_attach_event(bus_.get(), event_.get(), SD_EVENT_PRIORITY_NORMAL);
}

void Connection::serve()
{
    phase_ = Phase::serving;
    try {
        connection_ = sdbus::createBusConnection(sd_bus_ref(bus_.get()));
        tenant_.move_in(*connection_, bus_.get());
    } catch (const sdbus::Error &error) {
        drop();
        return retry_later({std::make_error_code(std::errc::io_error), error.getMessage()});
    }
    sd_bus_slot *request = nullptr;
    const int asked = sd_bus_request_name_async(bus_.get(), &request, options_.name.c_str(), 0,
                                                &on_name_reply, this);
    name_request_.reset(request);
    if (auto done = check(asked, "ask for the bus name"); !done) {
        drop();
        retry_later(done.error());
    }
}

void Connection::took_name(sd_bus_message *reply)
{
    std::uint32_t answer = 0;
    const int refused = sd_bus_message_get_errno(reply);
    if (refused == 0 && sd_bus_message_read_basic(reply, 'u', &answer) >= 0 &&
        (answer == 1 || answer == 4)) { // primary owner, or was it already
        phase_ = Phase::named;
        settled_ = true;
        pause_ = options_.first_pause;
        return report(BusChange::acquired, {});
    }
    // Not dropped here: this runs inside the bus.
    phase_ = Phase::lost;
    settled_ = true;
    report(BusChange::failed,
           fail(refused != 0 ? refused : EEXIST, "take the bus name " + options_.name).error());
    schedule(std::chrono::microseconds(0));
}

void Connection::drop()
{
    tenant_.move_out();
    name_request_.reset();
    connected_.reset();
    disconnected_.reset();
    if (bus_) {
        sd_bus_detach_event(bus_.get());
        sd_bus_close(bus_.get()); // else dropping the last reference would flush, and may block
    }
    connection_.reset();
    bus_.reset();
}

void Connection::retry_later(const Error &error)
{
    phase_ = Phase::waiting;
    if (!settled_)
        report(BusChange::failed, error);
    settled_ = true;
    schedule(pause_);
    pause_ = std::min(pause_ * 2, options_.last_pause);
}

void Connection::schedule(std::chrono::microseconds delay)
{
    sd_event_source_set_time_relative(timer_.get(), static_cast<std::uint64_t>(delay.count()));
    sd_event_source_set_enabled(timer_.get(), SD_EVENT_ONESHOT);
}

void Connection::report(BusChange change, const Error &error) const
{
    if (options_.observer)
        options_.observer(change, error);
}

int Connection::on_timer(sd_event_source * /*source*/, std::uint64_t /*usec*/, void *self) noexcept
{
    static_cast<Connection *>(self)->work();
    return 0;
}

// The bus must not be torn down, nor waited for, from inside its own callbacks: the timer does it.
int Connection::on_connected(sd_bus_message * /*message*/, void *self,
                             sd_bus_error * /*error*/) noexcept
{
    auto &connection = *static_cast<Connection *>(self);
    connection.phase_ = Phase::opened;
    connection.schedule(std::chrono::microseconds(0));
    return 0;
}

int Connection::on_disconnected(sd_bus_message * /*message*/, void *self,
                                sd_bus_error * /*error*/) noexcept
{
    auto &connection = *static_cast<Connection *>(self);
    const bool had_name = connection.has_name();
    connection.phase_ = Phase::lost;
    if (had_name)
        connection.report(BusChange::lost, fail(ECONNRESET, "message bus").error());
    connection.schedule(std::chrono::microseconds(0));
    return 0;
}

int Connection::on_name_reply(sd_bus_message *message, void *self,
                              sd_bus_error * /*error*/) noexcept
{
    static_cast<Connection *>(self)->took_name(message);
    return 0;
}

} // namespace mitosis::bus
