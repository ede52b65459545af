// SPDX-License-Identifier: GPL-2.0-only
// What may be asked of the daemon, by a signal or on the bus.
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/decide.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/refusal.hpp"
#include "daemon/daemon.hpp"
#include "daemon/log.hpp"
#include "daemon/session.hpp"
#include "engine/monitor.hpp"
#include "engine/ports.hpp"
#include "sys/process_cgroup.hpp"

#include <cerrno>
#include <expected>
#include <string>
#include <utility>

namespace mitosis::daemon {
namespace {

/// What was held back is an answer of its own: it says why, and what may be done.
Result<engine::RebalanceOutcome> answer(engine::RebalanceOutcome outcome)
{
    if (outcome.held_back)
        return refuse(Refusal::rebalance_held_back, to_string(*outcome.held_back));
    return outcome;
}

} // namespace

Result<engine::RebalanceOutcome> Daemon::rebalance(const engine::RebalanceRequest &request)
{
    if (is_detached())
        return fail(ENOTCONN, "rebalance");
    const Force force = request.force ? Force::yes : Force::no;
    if (request.dry_run)
        return session_.preview(force).and_then(answer);
    auto events = session_.tick(Trigger::dbus, force);
    if (!events) {
        failed(events.error());
        return std::unexpected(std::move(events).error());
    }
    if (!request.reason.empty())
        log_.write(LogLevel::info, "Asked to rebalance: " + request.reason);
    after(*events);
    return answer(engine::outcome_of(*events, session_.generation()));
}

Result<std::string> Daemon::cgroup_of(int pidfd)
{
    const auto cgroup = sys::read_cgroup_of(pidfd);
    if (!cgroup)
        return std::unexpected(cgroup.error());
    if (!session_.attachment())
        return fail(ENOTCONN, "find the cell");
    // Whatever is below the cgroup of a cell is in that cell, or in the innermost of nested ones,
    // whose path is the longest; all else is in the root cell.
    std::string innermost = "/";
    for (const Cell &cell : session_.state().cells.cells()) {
        if (cell.id == root_cell || cell.path.size() <= innermost.size())
            continue;
        const auto within = sys::holds_cgroup(world_.cgroup_root + cell.path, *cgroup);
        if (!within)
            return std::unexpected(within.error());
        if (*within)
            innermost = cell.path;
    }
    return innermost;
}

} // namespace mitosis::daemon
