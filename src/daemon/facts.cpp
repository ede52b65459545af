// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/facts.hpp"

#include "bus/facts.hpp"
#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "core/config.hpp"
#include "core/status.hpp"
#include "daemon/attachment.hpp"
#include "daemon/configuration.hpp"
#include "daemon/exit_status.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
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

std::vector<std::string> switched_on(const Config &config)
{
    const Features &features = config.features;
    std::vector<std::string> names;
    for (const auto &[name, is_on] :
         {std::pair("borrowing", features.borrowing),
          std::pair("llc-awareness", features.llc_awareness),
          std::pair("work-stealing", features.work_stealing),
          std::pair("dynamic-affinity", features.dynamic_affinity),
          std::pair("lockless-peek", features.lockless_peek),
          std::pair("slice-shrinking", features.slice_shrinking.enabled),
          std::pair("rebalancing", config.rebalancing.enabled),
          std::pair("debug-events", features.debug_events)})
        if (is_on)
            names.emplace_back(name);
    return names;
}

void show_configuration(const Configuration &configuration, bus::ServiceFacts &facts)
{
    facts.config = to_config_map(configuration.config);
    facts.settings = configuration.config;
    facts.config_files = configuration.files;
    facts.features = switched_on(configuration.config);
    facts.config_origins.clear();
    for (const config::Origin &origin : configuration.origins)
        facts.config_origins.emplace(origin.name, to_string(origin.source));
    facts.runtime_overrides.clear();
    for (const config::Setting &setting : config::settings())
        if (std::ranges::contains(configuration.overrides, setting.name, &config::RawSetting::name))
            facts.runtime_overrides.emplace_back(setting.name);
    facts.cell_parent_cgroup = configuration.config.cell_parent_cgroup.value_or("");
}

void show_no_exits(bus::ServiceFacts &facts)
{
    for (const std::string_view token : reason_tokens)
        facts.kernel_exits.try_emplace(std::string(token));
}

void show_attachment(const Attachment &attachment, bus::ServiceFacts &facts)
{
    facts.scheduler_name = attachment.ops;
    facts.max_cells = attachment.scheduler->cell_capacity();
    facts.fallbacks = attachment.scheduler->fallbacks();
    facts.attached_realtime_us = to_us(attachment.attached_realtime);
    facts.attached_monotonic_us = to_us(attachment.attached_monotonic);
    facts.state = State::running;
    facts.state_reason.clear();
}

void show_no_attachment(bus::ServiceFacts &facts)
{
    facts.attached_realtime_us = 0;
    facts.attached_monotonic_us = 0;
    facts.fallbacks.clear();
}

void show_exit(const ExitInfo &exit, bus::ServiceFacts &facts)
{
    show_no_attachment(facts);
    facts.state = State::detached;
    facts.state_reason = reason_token(exit);
    facts.last_exit = exit;
    ++facts.kernel_exits[facts.state_reason];
    if (facts.last_exit.at_realtime_us == 0)
        facts.last_exit.at_realtime_us = to_us(std::chrono::system_clock::now());
}

} // namespace mitosis::daemon
