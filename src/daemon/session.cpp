// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/session.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/cpu_set.hpp"
#include "core/decide.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/manifest.hpp"
#include "core/ownership.hpp"
#include "core/resume.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "daemon/attachment.hpp"
#include "daemon/exit_status.hpp"
#include "daemon/handover.hpp"
#include "daemon/identity.hpp"
#include "daemon/world.hpp"
#include "engine/monitor.hpp"
#include "engine/ports.hpp"

#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace mitosis::daemon {
namespace {

std::unexpected<Error> not_attached()
{
    return fail(ENOTCONN, "the scheduler is not attached");
}

template <class TimePoint> std::uint64_t to_us(TimePoint time)
{
    const auto since =
        std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch());
    return static_cast<std::uint64_t>(since.count());
}

} // namespace

Session::Session(Config config, const World &world, engine::StatusSink &sink)
    : config_(std::move(config)), world_(world), sink_(sink),
      tree_(world.cgroup_root, world.read_online, config_.cell_parent_cgroup, config_.cell_exclude)
{
}

std::expected<Events, StartFailure> Session::bring_up(Attachment loaded, Trigger trigger)
{
    assert(!attachment_);
    attachment_.emplace(std::move(loaded));
    attached_with_ = config_;
    begin_anew();
    auto events = tick(trigger);
    if (!events) {
        take_down();
        return std::unexpected(StartFailure{ExitStatus::internal, to_string(events.error())});
    }
    if (auto attached = attach_and_verify(*attachment_, world_); !attached) {
        take_down();
        return std::unexpected(std::move(attached).error());
    }
    if (auto confirmed = monitor_->confirm(); !confirmed) {
        take_down();
        return std::unexpected(StartFailure{ExitStatus::internal, to_string(confirmed.error())});
    }
    return *std::move(events);
}

std::unique_ptr<KernelScheduler> Session::take_down()
{
    if (!attachment_)
        return nullptr;
    auto scheduler = std::move(attachment_->scheduler);
    attachment_.reset();
    scheduler->detach();
    return scheduler;
}

Result<void> Session::adopt(Kept kept)
{
    assert(!attachment_ && !monitor_);
    auto adopted = adopt_scheduler(std::move(kept.handles), kept.manifest, config_, world_);
    if (!adopted)
        return std::unexpected(std::move(adopted).error());
    const auto cells = adopted->scheduler->read_cells();
    if (!cells)
        return std::unexpected(cells.error());
    auto state = resume(kept.manifest, *cells, adopted->scheduler->cell_capacity(), Clock::now());
    if (!state)
        return fail(EINVAL, "the kernel has other cells than those on record");
    attachment_.emplace(*std::move(adopted));
    attached_with_ = config_;
    monitor_.emplace(config_, attachment_->topology, *std::move(state), ports());
    if (manifest().identity.settings != kept.manifest.identity.settings)
        monitor_->set_config(config_);
    set_slices();
    return {};
}

Result<Events> Session::go_on()
{
    auto events = tick(Trigger::automatic);
    if (!events)
        return events;
    return monitor_->confirm().transform([&events] { return *std::move(events); });
}

Manifest Session::manifest() const
{
    assert(attachment_);
    const KnownState &known = state();
    const auto cells = known.cells.cells();
    return {.identity = identity_of(world_.object, attached_with_, config_, attachment_->topology),
            .attached_realtime_us = to_us(attachment_->attached_realtime),
            .attached_monotonic_us = to_us(attachment_->attached_monotonic),
            .generation = known.generation,
            .next_instance = known.cells.next_instance(),
            .cells = {cells.begin(), cells.end()},
            .applied = known.applied,
            .unmet = known.unmet};
}

engine::Ports Session::ports()
{
    return {.scheduler = slot_, .cgroups = tree_, .status = sink_};
}

void Session::begin_anew()
{
    cpus_moved_ = false; // the topology was just read
    if (monitor_) {
        monitor_->begin_anew(attachment_->topology);
        return;
    }
    monitor_.emplace(config_, attachment_->topology, attachment_->scheduler->cell_capacity(),
                     Clock::now(), ports());
}

Result<std::optional<ExitInfo>> Session::find_exit()
{
    assert(attachment_);
    return daemon::find_exit(*attachment_->scheduler, world_);
}

Result<CpuChange> Session::follow_cpus()
{
    assert(attachment_);
    const auto online = world_.read_online();
    if (!online)
        return std::unexpected(online.error());
    if (*online == attachment_->online)
        return CpuChange::none;
    if (!(*online - attachment_->topology.online()).empty())
        return CpuChange::unknown;
    // Not read anew: the scheduler was loaded with these places, and with these LLCs.
    auto topology = attachment_->topology.restricted_to(*online);
    if (!topology)
        return std::unexpected(std::move(topology).error());
    monitor_->set_topology(*std::move(topology));
    attachment_->online = *online;
    cpus_moved_ = true;
    return CpuChange::known;
}

Result<Events> Session::tick(Trigger trigger, Force force)
{
    if (!attachment_)
        return not_attached();
    if (cpus_moved_ && trigger == Trigger::automatic)
        trigger = Trigger::hotplug;
    if (cpus_moved_)
        force = Force::yes; // no CPU that left may stay with anybody
    KernelScheduler &scheduler = *attachment_->scheduler;
    const std::uint64_t changes = scheduler.cpuset_changes(); // before they are read
    // Always with a scan: not every kernel tells of changed cpusets.
    auto events = monitor_->tick(Clock::now(), engine::ScanDue::yes, trigger, force);
    if (events) {
        scheduler.set_cpusets_seen(changes);
        cpus_moved_ = false;
    }
    return events;
}

Result<engine::RebalanceOutcome> Session::preview(Force force)
{
    if (!attachment_)
        return not_attached();
    return monitor_->preview(Clock::now(), cpus_moved_ ? Force::yes : force);
}

Result<Decision> Session::plan(const Config &config)
{
    if (!attachment_)
        return not_attached();
    tree_.look_at(config.cell_parent_cgroup, config.cell_exclude);
    auto plan = monitor_->plan(config, Clock::now());
    tree_.look_at(config_.cell_parent_cgroup, config_.cell_exclude);
    return plan;
}

Result<Decision> Session::plan_anew(const Config &config)
{
    if (!attachment_)
        return not_attached();
    const auto topology = read_topology_for(config, world_);
    if (!topology)
        return std::unexpected(topology.error());
    tree_.look_at(config.cell_parent_cgroup, config.cell_exclude);
    auto plan = monitor_->plan_anew(config, *topology, Clock::now());
    tree_.look_at(config_.cell_parent_cgroup, config_.cell_exclude);
    return plan;
}

Result<Events> Session::reconfigure(Config config)
{
    if (!attachment_)
        return not_attached();
    tree_.look_at(config.cell_parent_cgroup, config.cell_exclude);
    auto events = monitor_->reconfigure(std::move(config), Clock::now());
    config_ = monitor_->config();
    tree_.look_at(config_.cell_parent_cgroup, config_.cell_exclude);
    set_slices();
    return events;
}

void Session::set_config(Config config)
{
    config_ = std::move(config);
    tree_.look_at(config_.cell_parent_cgroup, config_.cell_exclude);
    if (monitor_)
        monitor_->set_config(config_);
    if (attachment_)
        set_slices();
}

void Session::set_slices()
{
    attachment_->scheduler->set_slices(config_.slice, config_.features.slice_shrinking);
}

const KnownState &Session::state() const
{
    assert(monitor_);
    return monitor_->state();
}

Result<Sample> Session::Slot::read_sample(std::span<const Cell> live,
                                          std::span<const CellId> retired, Clock::time_point now)
{
    assert(attachment_);
    return attachment_->scheduler->read_sample(live, retired, now);
}

Result<void> Session::Slot::apply(const Assignment &assignment, std::span<const Cell> cells,
                                  std::span<const CellId> retired)
{
    assert(attachment_);
    const auto began = Clock::now();
    auto applied = attachment_->scheduler->apply(assignment, cells, retired);
    apply_duration_ = Clock::now() - began;
    return applied;
}

Result<std::optional<Ownership>> Session::Slot::read_ownership()
{
    assert(attachment_);
    return attachment_->scheduler->read_ownership();
}

} // namespace mitosis::daemon
