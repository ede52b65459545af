// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/facts.hpp"

#include "bus/facts.hpp"
#include "config/settings.hpp"
#include "core/config.hpp"
#include "core/status.hpp"
#include "daemon/attachment.hpp"
#include "daemon/configuration.hpp"
#include "daemon/exit_status.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace mitosis::daemon {
namespace {

template <class TimePoint> std::uint64_t to_us(TimePoint time)
{
    const auto since =
        std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch());
    return static_cast<std::uint64_t>(since.count());
}

/// No setting is negative, so whole numbers travel unsigned.
struct ToBus {
    bus::ConfigValue operator()(std::int64_t number) const
    {
        return static_cast<std::uint64_t>(number);
    }
    template <class Other> bus::ConfigValue operator()(const Other &value) const { return value; }
};

} // namespace

bus::ConfigMap to_config_map(const Config &config)
{
    bus::ConfigMap map;
    for (const config::Setting &setting : config::settings())
        map.emplace(std::string(setting.name), std::visit(ToBus{}, setting.load(config)));
    return map;
}

void show_configuration(const Configuration &configuration, bus::ServiceFacts &facts)
{
    facts.config = to_config_map(configuration.config);
    facts.config_files = configuration.files;
    facts.cell_parent_cgroup = configuration.config.cell_parent_cgroup.value_or("");
}

void show_attachment(const Attachment &attachment, bus::ServiceFacts &facts)
{
    facts.scheduler_name = attachment.ops;
    facts.max_cells = attachment.scheduler->cell_capacity();
    facts.attached_realtime_us = to_us(attachment.attached_realtime);
    facts.attached_monotonic_us = to_us(attachment.attached_monotonic);
    facts.state = State::running;
    facts.state_reason.clear();
}

void show_exit(const ExitInfo &exit, bus::ServiceFacts &facts)
{
    facts.state = State::detached;
    facts.state_reason = reason_token(exit);
    facts.attached_realtime_us = 0;
    facts.attached_monotonic_us = 0;
    facts.last_exit = exit;
    if (facts.last_exit.at_realtime_us == 0)
        facts.last_exit.at_realtime_us = to_us(std::chrono::system_clock::now());
}

} // namespace mitosis::daemon
