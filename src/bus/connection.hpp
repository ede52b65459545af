// SPDX-License-Identifier: GPL-2.0-only
// Connection: to the message bus, inside the sd-event loop; the only glue between the two. It comes
// back by itself: without a bus, or when the bus goes away, it tries again with growing pauses, for
// as long as it lives. Nothing here blocks on a bus that does not answer, and the loss of the bus
// never ends the loop (sdbus-c++'s own attachSdEventLoop() would).
#pragma once

#include "bus/sd_ptr.hpp"
#include "core/error.hpp"

#include <sdbus-c++/IConnection.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace mitosis::bus {

/// Who lives on the connection. Called from the loop thread.
class BusTenant {
public:
    virtual ~BusTenant() = default;
    /// The bus answered: put the objects on it. The name is asked for afterwards. Both arguments
    /// are the same connection.
    virtual void move_in(sdbus::IConnection &connection, sd_bus *bus) = 0;
    /// The bus is gone: drop everything that refers to the connection.
    virtual void move_out() = 0;
};

enum class BusChange {
    acquired, // the name is ours
    lost,     // the bus went away
    failed,   // an attempt failed; the error says why
    faulted,  // a call ended in an exception, which the error tells, and was answered with Failed
};
using BusObserver = std::function<void(BusChange, const Error &)>;

/// $DBUS_SYSTEM_BUS_ADDRESS, else the well-known socket.
[[nodiscard]] std::string system_bus_address();

class Connection {
public:
    struct Options {
        std::string name;                           // the well-known name to own
        std::string address;                        // where the bus listens
        BusObserver observer;                       // may be empty
        std::chrono::milliseconds first_pause{100}; // between attempts; doubles ...
        std::chrono::milliseconds last_pause{5000}; // ... up to this
    };

    /// Makes the first attempt at once; it goes on in the loop. The tenant must outlive it. Fails
    /// only when the loop refuses an event source.
    [[nodiscard]] static Result<std::unique_ptr<Connection>>
    open(sd_event *event, BusTenant &tenant, Options options);

    ~Connection();
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;

    /// The name is ours and the bus is there.
    [[nodiscard]] bool has_name() const { return phase_ == Phase::named; }
    /// The first attempt is over, one way or the other.
    [[nodiscard]] bool settled() const { return settled_; }

private:
    enum class Phase { waiting, opening, opened, serving, named, lost };

    Connection(sd_event *event, BusTenant &tenant, Options options);

    void work() noexcept;
    void attempt();
    [[nodiscard]] Result<void> open_bus();
    // Its three steps; a negative errno when one fails.
    [[nodiscard]] int configure();
    [[nodiscard]] int watch();
    [[nodiscard]] int start();
    void serve();
    void drop();
    void retry_later(const Error &error);
    void schedule(std::chrono::microseconds delay);
    void report(BusChange change, const Error &error) const;
    void took_name(sd_bus_message *reply);

    static int on_timer(sd_event_source *source, std::uint64_t usec, void *self) noexcept;
    static int on_connected(sd_bus_message *message, void *self, sd_bus_error *error) noexcept;
    static int on_disconnected(sd_bus_message *message, void *self, sd_bus_error *error) noexcept;
    static int on_name_reply(sd_bus_message *message, void *self, sd_bus_error *error) noexcept;

    SdPtr<sd_event> event_;
    BusTenant &tenant_;
    Options options_;
    std::chrono::milliseconds pause_;
    Phase phase_ = Phase::waiting;
    bool settled_ = false;
    SdPtr<sd_event_source> timer_;
    // Destroyed in reverse: slots before the connection that owns the bus with us.
    SdPtr<sd_bus> bus_;
    std::unique_ptr<sdbus::IConnection> connection_;
    SdPtr<sd_bus_slot> connected_;
    SdPtr<sd_bus_slot> disconnected_;
    SdPtr<sd_bus_slot> name_request_;
};

} // namespace mitosis::bus
