// SPDX-License-Identifier: GPL-2.0-only
// Other settings for the running service: from the files again, or from the bus.
#include "bus/facts.hpp"
#include "bus/service.hpp"
#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/decide.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/refusal.hpp"
#include "core/shift.hpp"
#include "core/status.hpp"
#include "daemon/attachment.hpp"
#include "daemon/configuration.hpp"
#include "daemon/daemon.hpp"
#include "daemon/exit_status.hpp"
#include "daemon/facts.hpp"
#include "daemon/log.hpp"
#include "daemon/runtime_settings.hpp"
#include "daemon/session.hpp"
#include "engine/ports.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <format>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::daemon {
namespace {

using Outcome = engine::ReconfigureOutcome;

std::string join(const std::vector<std::string> &parts, std::string_view between)
{
    std::string joined;
    for (const std::string &part : parts)
        joined.append(joined.empty() ? "" : between).append(part);
    return joined;
}

/// What counts only for a new process stays as it is, so that what is shown is what is in force.
void keep_until_restart(const Config &now, Config &next)
{
    for (const config::Setting &setting : config::settings())
        if (setting.effect == config::Effect::restart)
            // Its own value cannot be refused.
            (void)setting.store(next, setting.load(now));
}

std::unexpected<Error> reattach_required(std::span<const std::string> names, const Config &now,
                                         const Config &next)
{
    std::vector<std::string> sentences;
    for (const std::string &name : names) {
        const config::Setting &setting = *config::find_setting(name);
        sentences.push_back(std::format(
            "{}: for {} the scheduler has to be attached anew, allowed: "
            "{}, or flag 2",
            name, config::to_toml(setting.load(next)), config::to_toml(setting.load(now))));
    }
    return refuse(Refusal::reattach_required, join(sentences, "; "));
}

Result<void> check_capacity(const Configuration &next)
{
    const auto excess = find_excess(next);
    return excess.empty() ? Result<void>() : refuse(Refusal::insufficient_cpus, join(excess, "; "));
}

LogRecord rejection(const std::string &complaint)
{
    return {.level = LogLevel::error, .message = complaint, .id = MessageId::config_rejected};
}

const Assignment &in_force_after(const Decision &plan)
{
    return plan.apply ? *plan.apply : plan.next.applied;
}

/// `cell-parent-cgroup = "/x.slice" (mitosis.toml:3:1), ...`: what is asked for, and where.
std::string asked_for(std::span<const std::string> changed, const Configuration &next)
{
    std::vector<std::string> parts;
    for (const std::string &name : changed) {
        const config::Setting *const setting = config::find_setting(name);
        const auto origin = std::ranges::find(next.origins, name, &config::Origin::name);
        const std::string source =
            origin == next.origins.end() ? "default" : to_string(origin->source);
        parts.push_back(setting == nullptr
                            ? "the rules of cells"
                            : std::format("{} = {} ({})", name,
                                          config::to_toml(setting->load(next.config)), source));
    }
    return join(parts, ", ");
}

/// What the new settings would take from cgroups that have it now is refused; the sentence goes on
/// from what was asked for.
Result<void> check_plan(const Decision &plan, const KnownState &now, std::size_t pooled_now)
{
    if (plan.next.refused.size() > now.refused.size())
        return refuse(Refusal::too_many_cells,
                      std::format("{} cgroups would be without a cell, the first is {}, allowed: "
                                  "{} cells in all, the root cell included",
                                  plan.next.refused.size(), plan.next.refused.front(),
                                  plan.next.cells.capacity()));
    if (plan.status.pooled.size() > pooled_now)
        return refuse(Refusal::insufficient_cpus,
                      std::format("{} cells would share {} CPUs and {} of them have none, allowed: "
                                  "{} as now",
                                  plan.status.cells.size(), plan.status.managed.count(),
                                  plan.status.pooled.size(), pooled_now));
    return {};
}

/// Of settings that could not be attached.
Result<void> refusal(const StartFailure &failure)
{
    return fail(failure.status == ExitStatus::config ? EINVAL : EIO, failure.message);
}

} // namespace

void Daemon::reload_by_signal()
{
    // The reason is in the log, and nobody is there to hear it.
    (void)reload();
}

Result<Outcome> Daemon::reload()
{
    notifier_.reloading(Clock::now());
    const State state = board_.facts().state;
    const std::string reason = board_.facts().state_reason;
    if (session_.attachment())
        show(State::reloading, "");
    auto outcome = load_anew();
    if (board_.facts().state == State::reloading) // nothing was applied, so all is as it was
        show(state, reason);
    board_.set_refused_reload(outcome ? "" : outcome.error().context);
    notify_ready();
    return outcome;
}

Result<Outcome> Daemon::load_anew()
{
    auto next = load_configuration(line_, world_.config_directories, world_.cpus)
                    .and_then([this](const Configuration &files) {
                        return with_overrides(files, configuration_.overrides);
                    });
    if (!next) {
        for (const std::string &complaint : next.error())
            log_.write(rejection(complaint));
        return fail(EINVAL, join(next.error(), "; "));
    }
    keep_until_restart(configuration_.config, next->config);
    const auto changed = config::changed_settings(configuration_.config, next->config);
    if (auto checked = check_reload(*next, changed); !checked) {
        log_.write(rejection(checked.error().context));
        return std::unexpected(std::move(checked).error());
    }
    return commit(*std::move(next), "files");
}

/// Refused as reconfigure() would.
Result<void> Daemon::check_reload(const Configuration &next,
                                  const std::vector<std::string> &changed)
{
    auto checked = check_capacity(next);
    if (!checked || changed.empty() || is_detached())
        return checked;
    return plan(next, changed).transform([](const Decision &) {});
}

Result<Outcome> Daemon::reconfigure(const engine::ReconfigureRequest &request)
{
    if (is_detached())
        return fail(ENOTCONN, "change settings");
    const std::uint64_t expected = request.expected_generation;
    if (expected != 0 && expected != session_.generation())
        return refuse(Refusal::config_conflict,
                      std::format("ConfigGeneration is {}, not the expected {}",
                                  session_.generation(), expected));
    if (auto checked = check_overrides(request.settings); !checked)
        return std::unexpected(std::move(checked).error());
    auto next = with_overrides(configuration_, added(configuration_, request.settings));
    if (!next)
        return refuse(Refusal::invalid_setting, join(next.error(), "; "));
    return change(*std::move(next),
                  {.allow_reattach = request.allow_reattach, .dry_run = request.dry_run});
}

Result<Outcome> Daemon::reset(std::span<const std::string> names)
{
    if (is_detached())
        return fail(ENOTCONN, "reset settings");
    if (auto checked = check_settings(names); !checked)
        return std::unexpected(std::move(checked).error());
    auto next = with_overrides(configuration_, without(configuration_, names));
    if (!next) // what is left of the overrides does not go together
        return refuse(Refusal::invalid_setting, join(next.error(), "; "));
    return change(*std::move(next), {.allow_reattach = true, .dry_run = false});
}

/// On behalf of a caller: planned before anything is done.
Result<Outcome> Daemon::change(Configuration next, ChangeMode mode)
{
    keep_until_restart(configuration_.config, next.config);
    auto changed = config::changed_settings(configuration_.config, next.config);
    if (changed.empty())
        return Outcome{.generation = session_.generation(), .changed = {}};
    if (auto checked = check_capacity(next); !checked)
        return std::unexpected(std::move(checked).error());
    const auto unfit = config::settings_to_reattach_for(session_.attached_with(), next.config);
    if (!unfit.empty() && !mode.allow_reattach)
        return reattach_required(unfit, configuration_.config, next.config);
    const auto planned = plan(next, changed);
    if (!planned)
        return std::unexpected(planned.error());
    if (mode.dry_run)
        return Outcome{.generation = session_.generation() + 1,
                       .changed = std::move(changed),
                       .shifts = shifts(session_.state().applied, in_force_after(*planned))};
    if (!unfit.empty())
        if (auto taken = reattachments_.take(Clock::now()); !taken)
            return refuse(Refusal::reattached_too_soon,
                          "the scheduler was attached anew a moment ago, " +
                              retry_in(taken.error()));
    return commit(std::move(next), "dbus");
}

/// What would be decided; refused where that is not to be done. Precondition: attached.
Result<Decision> Daemon::plan(const Configuration &next, const std::vector<std::string> &changed)
{
    const auto unfit = config::settings_to_reattach_for(session_.attached_with(), next.config);
    auto decision = unfit.empty() ? session_.plan(next.config) : session_.plan_anew(next.config);
    if (!decision)
        return with_context(std::move(decision).error(), "plan");
    if (auto checked = check_plan(*decision, session_.state(), board_.status().pooled.size());
        !checked)
        return with_context(std::move(checked).error(), asked_for(changed, next));
    return decision;
}

/// All of it, or nothing: put in force, then remembered, then told.
Result<Outcome> Daemon::commit(Configuration next, const std::string &origin)
{
    auto changed = config::changed_settings(configuration_.config, next.config);
    const Assignment before = session_.state().applied;
    if (auto done = put_in_force(next, changed); !done) {
        log_.write(rejection("The new configuration is not in force: " + to_string(done.error())));
        if (done.error().context.starts_with("roll back"))
            failed(done.error());
        return std::unexpected(std::move(done).error());
    }
    configuration_ = std::move(next);
    record();
    bus::ServiceFacts facts = board_.facts();
    show_configuration(configuration_, facts);
    if (!changed.empty())
        ++facts.reconfigurations;
    board_.set_facts(std::move(facts));
    log_.write(LogLevel::info, changed.empty() ? "Configuration read again, nothing changed"
                                               : std::format("Configuration changed ({}): {}",
                                                             origin, join(changed, ", ")));
    if (board_.bus() != nullptr && !changed.empty())
        board_.bus()->announce_reconfigured(session_.generation(), origin, changed);
    return Outcome{.generation = session_.generation(),
                   .changed = std::move(changed),
                   .shifts = shifts(before, session_.state().applied)};
}

Result<void> Daemon::put_in_force(const Configuration &next,
                                  const std::vector<std::string> &changed)
{
    if (changed.empty() && !is_detached())
        return {};
    if (auto watched = cgroups_->set_parent(next.config.cell_parent_cgroup); !watched)
        return watched;
    const auto unfit = config::settings_to_reattach_for(session_.attached_with(), next.config);
    if (!unfit.empty() || is_detached()) {
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

/// The attached scheduler stays until the next one is loaded; then for a moment the kernel's own
/// one has the CPUs. If the new settings cannot be attached, the old ones are; if those cannot
/// either, that ends the daemon as it would at a start.
Result<void> Daemon::attach_with(const Configuration &next)
{
    ask_for_time();
    const bus::ServiceFacts before = board_.facts();
    show(State::reloading, "");
    auto loaded = load_beside(next.config);
    if (!loaded) {
        show(before.state, before.state_reason);
        return refusal(loaded.error());
    }
    ask_for_time();
    // To take down what is left of it may last, and is done once the next one has the CPUs.
    const auto old = detach_for_next();
    show(State::reloading, "");
    session_.set_config(next.config);
    const auto attached = attach_loaded(*std::move(loaded), Trigger::config);
    if (attached)
        return {};
    session_.set_config(configuration_.config);
    if (const auto restored = attach(Trigger::config); !restored) {
        log_.write(LogLevel::error, restored.error().message);
        show(State::detached, "apply-failed");
        end(restored.error().status);
        return fail(EIO, std::format("{}; roll back: {}", attached.error().message,
                                     restored.error().message));
    }
    return refusal(attached.error());
}

} // namespace mitosis::daemon
