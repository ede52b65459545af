// SPDX-License-Identifier: GPL-2.0-only
// StatusBoard: keeps what the engine published last and hands it on: to the bus, if there is one,
// and to the statistics socket, if there is one.
#pragma once

#include "stats/metrics.hpp"
#include "stats/server.hpp"

#include "bus/facts.hpp"
#include "bus/service.hpp"
#include "core/cell_table.hpp"
#include "core/event.hpp"
#include "core/kernel_event.hpp"
#include "core/status.hpp"
#include "engine/ports.hpp"

#include <memory>
#include <span>
#include <string>
#include <utility>

namespace mitosis::daemon {

class StatusBoard final : public engine::StatusSink {
public:
    void publish(const Status &status, std::span<const Event> events) override;

    /// Shows everything there is to the bus from now on.
    void join(std::unique_ptr<bus::BusService> bus);
    void join(std::unique_ptr<stats::Server> stats) { stats_ = std::move(stats); }
    [[nodiscard]] bus::BusService *bus() { return bus_.get(); }

    [[nodiscard]] const Status &status() const { return status_; }
    [[nodiscard]] const bus::ServiceFacts &facts() const { return facts_; }
    void set_facts(bus::ServiceFacts facts);

    /// To be called again soon, also with nothing new: what may not be signalled yet waits for
    /// that.
    void tell(const KernelEvents &told);

    /// Of upstream's clients: the last interval, in JSON.
    [[nodiscard]] std::string metrics() const { return recorder_.metrics(); }

    /// What was wrong with the files; "" once a reload was not refused.
    void set_refused_reload(std::string complaint);
    /// For people: "3 cells on 8 CPUs, gen 12, last rebalance 4s ago; 0 ejections".
    [[nodiscard]] std::string status_line(Clock::time_point now) const;

private:
    Status status_;
    bus::ServiceFacts facts_;
    stats::Recorder recorder_;
    std::unique_ptr<bus::BusService> bus_; // null: nothing on the bus
    std::unique_ptr<stats::Server> stats_; // null: no socket
};

} // namespace mitosis::daemon
