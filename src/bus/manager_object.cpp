// SPDX-License-Identifier: GPL-2.0-only
#include "bus/manager_object.hpp"

#include "bus/calls.hpp"
#include "bus/errors.hpp"
#include "bus/view.hpp"
#include "bus/wire.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"

#include <sdbus-c++/Error.h>
#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/Message.h>
#include <sdbus-c++/Types.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace mitosis::bus {

ManagerObject::ManagerObject(sdbus::IConnection &connection, const View &view, Calls &calls,
                             std::function<void()> flush)
    : AdaptorInterfaces(connection, sdbus::ObjectPath("/org/scx/Mitosis")), view_(view),
      calls_(calls), flush_(std::move(flush))
{
    registerAdaptor();
}

ManagerObject::~ManagerObject()
{
    unregisterAdaptor();
}

void ManagerObject::signal_changes(std::span<const std::string_view> properties)
{
    if (!properties.empty())
        emitPropertiesChangedSignal(Mitosis_adaptor::INTERFACE_NAME, to_property_names(properties));
}

std::tuple<std::uint64_t, ManagerObject::Changes>
ManagerObject::Rebalance(const std::map<std::string, sdbus::Variant> &options)
{
    const auto outcome = calls_.rebalance(getObject().getCurrentlyProcessedMessage(), options);
    flush_();
    return {outcome.generation, to_wire(outcome.shifts)};
}

std::tuple<std::uint64_t, std::vector<std::string>> ManagerObject::Reload()
{
    const auto outcome = calls_.reload(getObject().getCurrentlyProcessedMessage());
    flush_();
    return {outcome.generation, outcome.changed};
}

sdbus::ObjectPath ManagerObject::GetCellByCGroup(const std::string &cgroup)
{
    if (!cgroup.starts_with('/'))
        throw to_sdbus(invalid_argument("cgroup must be a path that begins with \"/\""));
    return to_object_path(cell_of_cgroup(view_, cgroup));
}

sdbus::ObjectPath ManagerObject::GetCellByCPU(const std::uint32_t &cpu)
{
    const auto owns = [cpu](const CellView &cell) { return cell.status.cpus.contains(cpu); };
    const auto owner = cpu < max_cpus ? std::ranges::find_if(view_.cells, owns) : view_.cells.end();
    if (owner == view_.cells.end())
        throw to_sdbus(no_such_cell("no cell owns CPU " + std::to_string(cpu)));
    return to_object_path(owner->status.cell.id);
}

std::string ManagerObject::State()
{
    return to_string(view_.facts.state);
}

std::uint64_t ManagerObject::AttachTimestampMonotonic()
{
    return view_.facts.attached_monotonic_us;
}

ManagerObject::Exit ManagerObject::LastExit()
{
    const ExitInfo &exit = view_.facts.last_exit;
    return {exit.kind, exit.code, exit.reason, exit.message, exit.at_realtime_us};
}

std::map<std::string, sdbus::Variant> ManagerObject::Config()
{
    return to_wire(view_.facts.config);
}

std::vector<std::uint32_t> ManagerObject::ManagedCpus()
{
    return to_wire(view_.managed);
}

std::vector<ManagerObject::CellLine> ManagerObject::Cells()
{
    std::vector<CellLine> lines;
    lines.reserve(view_.cells.size());
    for (const CellView &view : view_.cells) {
        const Cell &cell = view.status.cell;
        lines.emplace_back(index_of(cell.id), to_object_path(cell.id), cell.path,
                           to_wire(view.status.cpus));
    }
    return lines;
}

std::uint64_t ManagerObject::LastRebalanceTimestampMonotonic()
{
    return view_.rebalanced_monotonic_us;
}

std::map<std::string, sdbus::Variant> ManagerObject::Metrics()
{
    const CellCounters sum = total(view_);
    return {{"RebalanceCount", sdbus::Variant(view_.rebalances)},
            {"DispatchLocal", sdbus::Variant(sum.dispatch_local)},
            {"DispatchCpuQueue", sdbus::Variant(sum.dispatch_cpu_queue)},
            {"DispatchCellQueue", sdbus::Variant(sum.dispatch_cell_queue)},
            {"DispatchBorrowed", sdbus::Variant(sum.dispatch_borrowed)},
            {"AffinityViolations", sdbus::Variant(sum.affinity_violations)},
            {"CPUUsageNSec", sdbus::Variant(sum.run_ns)},
            {"WaitNSec", sdbus::Variant(sum.wait_ns)},
            {"Waits", sdbus::Variant(sum.waits)},
            {"SampleTimestampMonotonic", sdbus::Variant(view_.sampled_monotonic_us)}};
}

} // namespace mitosis::bus
