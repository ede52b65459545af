// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/status_board.hpp"

#include "bus/facts.hpp"
#include "bus/service.hpp"
#include "core/cell_table.hpp"
#include "core/event.hpp"
#include "core/kernel_event.hpp"
#include "core/status.hpp"
#include "daemon/event_log.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>

namespace mitosis::daemon {
namespace {

std::uint64_t cell0_min_cpus(const bus::ConfigMap &config)
{
    const auto setting = config.find("cell0-min-cpus");
    const auto *const cpus =
        setting != config.end() ? std::get_if<std::uint64_t>(&setting->second) : nullptr;
    return cpus != nullptr ? *cpus : 0;
}

} // namespace

void StatusBoard::publish(const Status &status, std::span<const Event> events)
{
    status_ = status;
    recorder_.record(status, cell0_min_cpus(facts_.config));
    if (bus_)
        bus_->publish(status, events);
}

void StatusBoard::join(std::unique_ptr<bus::BusService> bus)
{
    bus_ = std::move(bus);
    bus_->set_facts(facts_);
    bus_->publish(status_, {});
}

void StatusBoard::set_facts(bus::ServiceFacts facts)
{
    facts_ = std::move(facts);
    if (bus_)
        bus_->set_facts(facts_);
}

void StatusBoard::tell(const KernelEvents &told)
{
    if (bus_)
        bus_->tell(told);
}

void StatusBoard::set_refused_reload(std::string complaint)
{
    bus::ServiceFacts facts = facts_;
    facts.refused_reload = std::move(complaint);
    set_facts(std::move(facts));
}

std::string StatusBoard::status_line(Clock::time_point now) const
{
    if (facts_.state == State::detached)
        return "Detached: " + facts_.state_reason;
    std::string line = daemon::status_line(status_, bus::kernel_exit_count(facts_), now);
    if (facts_.state == State::degraded)
        line += ", " + facts_.state_reason;
    if (!facts_.refused_reload.empty())
        line += ", reload refused: " + facts_.refused_reload;
    return line;
}

} // namespace mitosis::daemon
