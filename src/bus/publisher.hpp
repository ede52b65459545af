// SPDX-License-Identifier: GPL-2.0-only
// Publisher: keeps the objects on the bus equal to the View. Cells come and go at once;
// PropertiesChanged goes out at most every 250 ms with everything that differs by then, except that
// State, StateReason and LastExit never wait. Works the same while there is no bus: the View is
// then what the objects start with when it comes back.
#pragma once

#include "bus/authority.hpp"
#include "bus/calls.hpp"
#include "bus/cell_object.hpp"
#include "bus/connection.hpp"
#include "bus/gate.hpp"
#include "bus/log_control.hpp"
#include "bus/log_level.hpp"
#include "bus/manager_object.hpp"
#include "bus/sd_ptr.hpp"
#include "bus/status_diff.hpp"
#include "bus/view.hpp"
#include "core/cell_table.hpp"
#include "core/event_tail.hpp"
#include "core/ids.hpp"

#include <sdbus-c++/IConnection.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace mitosis::bus {

class Publisher final : public BusTenant {
public:
    /// What the objects show and call besides the View; all of it outlives the publisher.
    struct Behind {
        Calls &calls;
        LogLevelPort &log;
        const EventTail &events;
        Gate::FaultReport report;
    };

    /// `on_due` is called from the loop when a pending flush is due; it answers with flush() and
    /// handles what that throws.
    Publisher(sd_event *event, Behind behind, std::function<void()> on_due);

    void move_in(sdbus::IConnection &connection, sd_bus *bus) override;
    void move_out() override;

    /// These send signals and throw sdbus::Error when the bus refuses one; the objects and the view
    /// are right all the same.
    void update(View now);
    void flush();
    [[nodiscard]] ManagerObject *manager() { return manager_ ? &*manager_ : nullptr; }

    [[nodiscard]] const View &view() const { return view_; }

private:
    [[nodiscard]] std::vector<CellKey> keys_on_bus() const;
    void remove_cell(CellId id);
    void add_cell(CellId id);
    void exchange_cells();
    void flush_later();
    static int on_timer(sd_event_source *source, std::uint64_t usec, void *self) noexcept;

    Behind behind_;
    std::function<void()> on_due_;
    SdPtr<sd_event_source> timer_;
    View view_;
    View signalled_; // the manager's properties as signalled last; its cells are not used
    Clock::time_point flushed_at_;
    // Only while there is a bus:
    sdbus::IConnection *connection_ = nullptr;
    std::optional<Authority> authority_;
    std::optional<ManagerObject> manager_;
    std::map<CellId, CellObject> cells_;
    std::optional<LogControl> log_control_;
};

} // namespace mitosis::bus
