// SPDX-License-Identifier: GPL-2.0-only
#include "bus/publisher.hpp"

#include "bus/calls.hpp"
#include "bus/cell_object.hpp"
#include "bus/manager_object.hpp"
#include "bus/status_diff.hpp"
#include "bus/view.hpp"
#include "core/cell_table.hpp"
#include "core/ids.hpp"

#include <sdbus-c++/IConnection.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include <cassert>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <functional>
#include <utility>
#include <vector>

namespace mitosis::bus {

namespace {

constexpr std::chrono::milliseconds round_length{250};

std::vector<CellKey> keys_of(const View &view)
{
    std::vector<CellKey> keys;
    keys.reserve(view.cells.size());
    for (const CellView &cell : view.cells)
        keys.push_back({cell.status.cell.id, cell.status.cell.instance});
    return keys;
}

} // namespace

Publisher::Publisher(sd_event *event, Behind behind, std::function<void()> on_due)
    : behind_(std::move(behind)), on_due_(std::move(on_due))
{
    sd_event_source *timer = nullptr;
    [[maybe_unused]] const int added =
        sd_event_add_time(event, &timer, CLOCK_MONOTONIC, UINT64_MAX, 0, &on_timer, this);
    assert(added >= 0);
    timer_.reset(timer);
    sd_event_source_set_enabled(timer, SD_EVENT_OFF);
}

void Publisher::move_in(sdbus::IConnection &connection, sd_bus *bus)
{
    connection_ = &connection;
    authority_.emplace(bus, behind_.calls.limits());
    manager_.emplace(connection,
                     ManagerObject::Surroundings{.view = view_,
                                                 .events = behind_.events,
                                                 .calls = behind_.calls,
                                                 .gate = {bus, *authority_, behind_.report},
                                                 .flush = [this] { flush(); }});
    log_control_.emplace(connection, behind_.log);
    for (const CellView &cell : view_.cells)
        cells_.try_emplace(cell.status.cell.id, connection, view_, cell.status.cell.id);
    signalled_ = view_;
}

void Publisher::move_out()
{
    cells_.clear();
    log_control_.reset();
    manager_.reset();
    authority_.reset(); // whoever waited for it has no bus left to be answered on
    connection_ = nullptr;
    sd_event_source_set_enabled(timer_.get(), SD_EVENT_OFF);
}

void Publisher::update(View now)
{
    view_ = std::move(now);
    if (!manager_)
        return;
    exchange_cells();
    const bool round_over = Clock::now() - flushed_at_ >= round_length;
    if (round_over || is_urgent(changed_properties(signalled_, view_)))
        flush();
    else
        flush_later();
}

void Publisher::flush()
{
    if (!manager_)
        return;
    sd_event_source_set_enabled(timer_.get(), SD_EVENT_OFF);
    flushed_at_ = Clock::now();
    const auto changed = changed_properties(signalled_, view_);
    signalled_ = view_;
    for (auto &[id, cell] : cells_)
        cell.signal_changes();
    manager_->signal_changes(changed);
}

void Publisher::exchange_cells()
{
    const CellObjectChanges changes = cell_object_changes(keys_on_bus(), keys_of(view_));
    for (const CellId id : changes.removed)
        remove_cell(id);
    for (const CellId id : changes.added)
        add_cell(id);
}

// InterfacesRemoved goes out while the object is still there, InterfacesAdded once it is: a client
// that hears of an object can use it.
void Publisher::remove_cell(CellId id)
{
    const auto found = cells_.extract(id);
    found.mapped().withdraw();
}

void Publisher::add_cell(CellId id)
{
    cells_.try_emplace(id, *connection_, view_, id).first->second.announce();
}

std::vector<CellKey> Publisher::keys_on_bus() const
{
    std::vector<CellKey> keys;
    keys.reserve(cells_.size());
    for (const auto &[id, cell] : cells_)
        keys.push_back({id, cell.signalled().status.cell.instance});
    return keys;
}

void Publisher::flush_later()
{
    int armed = SD_EVENT_OFF;
    sd_event_source_get_enabled(timer_.get(), &armed);
    if (armed != SD_EVENT_OFF)
        return;
    const auto wait = flushed_at_ + round_length - Clock::now();
    sd_event_source_set_time_relative(
        timer_.get(),
        static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::microseconds>(wait).count()));
    sd_event_source_set_enabled(timer_.get(), SD_EVENT_ONESHOT);
}

int Publisher::on_timer(sd_event_source * /*source*/, std::uint64_t /*usec*/, void *self) noexcept
{
    static_cast<Publisher *>(self)->on_due_();
    return 0;
}

} // namespace mitosis::bus
