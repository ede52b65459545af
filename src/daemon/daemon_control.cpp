// SPDX-License-Identifier: GPL-2.0-only
// What may be asked of the daemon, by a signal or on the bus.
#include "bus/facts.hpp"
#include "bus/service.hpp"
#include "config/settings.hpp"
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "daemon/attachment.hpp"
#include "daemon/configuration.hpp"
#include "daemon/daemon.hpp"
#include "daemon/facts.hpp"
#include "daemon/log.hpp"
#include "daemon/session.hpp"
#include "engine/ports.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mitosis::daemon {
namespace {

std::string join(const std::vector<std::string> &parts, std::string_view between)
{
    std::string joined;
    for (const std::string &part : parts)
        joined.append(joined.empty() ? "" : between).append(part);
    return joined;
}

bool needs_reattach(const std::vector<std::string> &changed)
{
    return std::ranges::any_of(changed, [](const std::string &name) {
        return config::find_setting(name)->effect == config::Effect::reattach;
    });
}

/// What counts only for a new process stays as it is, so that what is shown is what is in force.
void keep_until_restart(const Config &now, Config &next)
{
    for (const config::Setting &setting : config::settings())
        if (setting.effect == config::Effect::restart)
            // Its own value cannot be refused.
            (void)setting.store(next, setting.load(now));
}

engine::RebalanceOutcome to_outcome(const Events &events, std::uint64_t generation)
{
    engine::RebalanceOutcome outcome{.generation = generation, .shifts = {}};
    for (const Event &event : events)
        if (const auto *const reassigned = std::get_if<Reassigned>(&event))
            outcome.shifts = reassigned->shifts;
    return outcome;
}

} // namespace

Result<engine::RebalanceOutcome> Daemon::rebalance(const engine::RebalanceRequest &request)
{
    if (is_detached())
        return fail(ENOTCONN, "rebalance");
    if (request.dry_run)
        return session_.preview();
    auto events = session_.tick(Trigger::dbus);
    if (!events) {
        failed(events.error());
        return std::unexpected(std::move(events).error());
    }
    if (!request.reason.empty())
        log_.write(LogLevel::info, "Asked to rebalance: " + request.reason);
    after(*events);
    return to_outcome(*events, session_.generation());
}

void Daemon::reload_by_signal()
{
    // The reason is in the log, and nobody is there to hear it.
    (void)reload();
}

Result<engine::ReloadOutcome> Daemon::reload()
{
    notifier_.reloading(Clock::now());
    auto changed = load_anew();
    notify_ready();
    if (!changed)
        return std::unexpected(std::move(changed).error());
    if (board_.bus() != nullptr && !changed->empty())
        board_.bus()->announce_reconfigured(session_.generation(), "files", *changed);
    return engine::ReloadOutcome{.generation = session_.generation(),
                                 .changed = *std::move(changed)};
}

Result<std::vector<std::string>> Daemon::load_anew()
{
    auto next = load_configuration(line_, world_.config_directories);
    if (!next) {
        for (const std::string &complaint : next.error())
            log_.write(
                {.level = LogLevel::error, .message = complaint, .id = MessageId::config_rejected});
        return fail(EINVAL, join(next.error(), "; "));
    }
    keep_until_restart(configuration_.config, next->config);
    auto changed = config::changed_settings(configuration_.config, next->config);
    if (auto done = put_in_force(*next, changed); !done) {
        log_.write({.level = LogLevel::error,
                    .message = "The new configuration is not in force: " + to_string(done.error()),
                    .id = MessageId::config_rejected});
        return std::unexpected(std::move(done).error());
    }
    configuration_ = *std::move(next);
    bus::ServiceFacts facts = board_.facts();
    show_configuration(configuration_, facts);
    board_.set_facts(std::move(facts));
    log_.write(LogLevel::info, changed.empty()
                                   ? "Configuration read again, nothing changed"
                                   : "Configuration read again, changed: " + join(changed, ", "));
    return changed;
}

Result<void> Daemon::put_in_force(const Configuration &next,
                                  const std::vector<std::string> &changed)
{
    if (auto watched = cgroups_->set_parent(next.config.cell_parent_cgroup); !watched)
        return watched;
    if (needs_reattach(changed) || is_detached()) {
        if (auto attached = attach_with(next); !attached)
            return attached;
    } else {
        auto events = session_.reconfigure(next.config);
        if (!events) {
            // Was watched a moment ago; if it is not now, the next tick finds its children.
            (void)cgroups_->set_parent(configuration_.config.cell_parent_cgroup);
            return std::unexpected(std::move(events).error());
        }
        after(*events);
    }
    // Only then: the bus may have set another one meanwhile.
    if (std::ranges::contains(changed, "log-level"))
        log_.set(next.config.log_level);
    monitor_timer_.arm(
        std::chrono::duration_cast<std::chrono::microseconds>(next.config.monitor_interval));
    return {};
}

/// For a moment the kernel's own scheduler has the CPUs. If the new settings cannot be attached,
/// the old ones are; if those cannot either, that ends the daemon as it would at a start.
Result<void> Daemon::attach_with(const Configuration &next)
{
    detach();
    session_.set_config(next.config);
    const auto attached = attach(Trigger::hotplug);
    if (attached)
        return {};
    session_.set_config(configuration_.config);
    if (const auto restored = attach(Trigger::hotplug); !restored) {
        log_.write(LogLevel::error, restored.error().message);
        end(restored.error().status);
    }
    return fail(EINVAL, attached.error().message);
}

} // namespace mitosis::daemon
