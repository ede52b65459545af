// SPDX-License-Identifier: GPL-2.0-only
// StatusBoard: keeps what the engine published last and hands it on to the bus, if there is one.
#pragma once

#include "bus/facts.hpp"
#include "bus/service.hpp"
#include "core/event.hpp"
#include "core/status.hpp"
#include "engine/ports.hpp"

#include <memory>
#include <span>
#include <string>

namespace mitosis::daemon {

class StatusBoard final : public engine::StatusSink {
public:
    void publish(const Status &status, std::span<const Event> events) override;

    /// Shows everything there is to the bus from now on.
    void join(std::unique_ptr<bus::BusService> bus);
    [[nodiscard]] bus::BusService *bus() { return bus_.get(); }

    [[nodiscard]] const bus::ServiceFacts &facts() const { return facts_; }
    void set_facts(bus::ServiceFacts facts);

    /// For people: "3 cells on 8 CPUs, generation 12".
    [[nodiscard]] std::string status_line() const;

private:
    Status status_;
    bus::ServiceFacts facts_;
    std::unique_ptr<bus::BusService> bus_; // null: nothing on the bus
};

} // namespace mitosis::daemon
