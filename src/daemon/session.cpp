// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/session.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "daemon/attachment.hpp"
#include "daemon/exit_status.hpp"
#include "daemon/world.hpp"
#include "engine/monitor.hpp"
#include "engine/ports.hpp"

#include <cassert>
#include <cerrno>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <utility>

namespace mitosis::daemon {
namespace {

std::unexpected<Error> not_attached()
{
    return fail(ENOTCONN, "the scheduler is not attached");
}

} // namespace

Session::Session(Config config, const World &world, engine::StatusSink &sink)
    : config_(std::move(config)), world_(world), sink_(sink),
      tree_(world.cgroup_root, config_.cell_parent_cgroup, config_.cell_exclude)
{
}

std::expected<Events, StartFailure> Session::bring_up(Trigger trigger)
{
    assert(!attachment_);
    auto loaded = load_scheduler(config_, world_);
    if (!loaded)
        return std::unexpected(std::move(loaded).error());
    attachment_.emplace(*std::move(loaded));
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
    return *std::move(events);
}

void Session::begin_anew()
{
    if (monitor_) {
        monitor_->begin_anew(attachment_->topology);
        return;
    }
    monitor_.emplace(config_, attachment_->topology, attachment_->scheduler->cell_capacity(),
                     Clock::now(),
                     engine::Ports{.scheduler = slot_, .cgroups = tree_, .status = sink_});
}

Result<std::optional<ExitInfo>> Session::find_exit()
{
    assert(attachment_);
    return daemon::find_exit(*attachment_->scheduler, world_);
}

Result<bool> Session::cpus_changed() const
{
    assert(attachment_);
    return world_.read_online().transform(
        [this](const CpuSet &online) { return online != attachment_->online; });
}

Result<Events> Session::tick(Trigger trigger)
{
    if (!attachment_)
        return not_attached();
    // Always with a scan: cpusets change without telling anybody.
    return monitor_->tick(Clock::now(), engine::ScanDue::yes, trigger);
}

Result<engine::RebalanceOutcome> Session::preview()
{
    if (!attachment_)
        return not_attached();
    return monitor_->preview(Clock::now());
}

Result<Events> Session::reconfigure(Config config)
{
    Config before = config_;
    set_config(std::move(config));
    auto events = tick(Trigger::automatic);
    if (!events)
        set_config(std::move(before));
    return events;
}

void Session::set_config(Config config)
{
    config_ = std::move(config);
    tree_.look_at(config_.cell_parent_cgroup, config_.cell_exclude);
    if (monitor_)
        monitor_->set_config(config_);
}

std::uint64_t Session::generation() const
{
    return monitor_ ? monitor_->state().generation : 0;
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
    return attachment_->scheduler->apply(assignment, cells, retired);
}

} // namespace mitosis::daemon
