// SPDX-License-Identifier: GPL-2.0-only
#include "bus/manager_object.hpp"

#include "bus/calls.hpp"
#include "bus/dump.hpp"
#include "bus/errors.hpp"
#include "bus/facts.hpp"
#include "bus/gate.hpp"
#include "bus/rebalance_options.hpp"
#include "bus/reconfigure_request.hpp"
#include "bus/view.hpp"
#include "bus/wire.hpp"
#include "core/activity.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "core/tally.hpp"
#include "engine/ports.hpp"

#include <sdbus-c++/Error.h>
#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/MethodResult.h>
#include <sdbus-c++/Types.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace mitosis::bus {

ManagerObject::ManagerObject(sdbus::IConnection &connection, Surroundings around)
    : AdaptorInterfaces(connection, sdbus::ObjectPath("/org/scx/Mitosis")), view_(around.view),
      events_(around.events), calls_(around.calls), gate_(std::move(around.gate)),
      flush_(std::move(around.flush))
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

ManagerObject::ConfigReply ManagerObject::replied(const engine::ReconfigureOutcome &outcome) const
{
    flush_();
    return {outcome.generation, outcome.changed};
}

void ManagerObject::Rebalance(sdbus::Result<std::uint64_t, Changes> &&reply, Dict options)
{
    const auto request = parse_rebalance_options(options);
    if (!request)
        return Gate::refuse(reply, to_sdbus(request.error()));
    gate_.admit("Rebalance", std::move(reply), [this, request = *request] {
        const auto outcome = calls_.rebalance(request);
        flush_();
        return std::tuple(outcome.generation, to_wire(outcome.shifts));
    });
}

void ManagerObject::Reconfigure(sdbus::Result<std::uint64_t, Changed, Changes> &&reply,
                                Dict settings, std::uint64_t expected_generation,
                                std::uint64_t flags)
{
    const auto request = parse_reconfigure(settings, expected_generation, flags);
    if (!request)
        return Gate::refuse(reply, to_sdbus(request.error()));
    gate_.admit("Reconfigure", std::move(reply), [this, request = *request] {
        const auto outcome = calls_.reconfigure(request);
        return std::tuple_cat(replied(outcome), std::tuple(to_wire(outcome.shifts)));
    });
}

void ManagerObject::ResetConfiguration(sdbus::Result<std::uint64_t> &&reply,
                                       std::vector<std::string> names)
{
    if (const auto checked = check_names(names); !checked)
        return Gate::refuse(reply, to_sdbus(checked.error()));
    gate_.admit("ResetConfiguration", std::move(reply), [this, names = std::move(names)] {
        return std::tuple(std::get<0>(replied(calls_.reset(names))));
    });
}

void ManagerObject::Reload(sdbus::Result<std::uint64_t, Changed> &&reply)
{
    gate_.admit("Reload", std::move(reply), [this] { return replied(calls_.reload()); });
}

void ManagerObject::GetCellByPIDFD(sdbus::Result<sdbus::ObjectPath> &&reply, sdbus::UnixFd pidfd)
{
    gate_.admit("GetCellByPIDFD", std::move(reply), [this, pidfd = std::move(pidfd)] {
        return std::tuple(to_object_path(cell_of_cgroup(view_, calls_.cgroup_of(pidfd.get()))));
    });
}

void ManagerObject::DumpByFileDescriptor(sdbus::Result<sdbus::UnixFd> &&reply)
{
    gate_.admit("DumpByFileDescriptor", std::move(reply), [this] {
        const Now now{Clock::now(), std::chrono::system_clock::now()};
        auto sealed = seal(to_dump(view_, events_, now));
        if (!sealed)
            throw to_sdbus(failed(sealed.error()));
        return std::tuple(*std::move(sealed));
    });
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

std::map<std::string, ManagerObject::Dict> ManagerObject::CellRules()
{
    return to_wire(view_.facts.settings.cell_rules);
}

std::map<std::string, std::string> ManagerObject::ConfigOrigins()
{
    return view_.facts.config_origins;
}

std::vector<std::string> ManagerObject::RuntimeOverrides()
{
    return view_.facts.runtime_overrides;
}

std::vector<std::uint32_t> ManagerObject::ManagedCpus()
{
    return to_wire(view_.managed);
}

std::vector<sdbus::Struct<std::string, std::string, std::string>> ManagerObject::Warnings()
{
    std::vector<sdbus::Struct<std::string, std::string, std::string>> warnings;
    warnings.reserve(view_.warnings.size());
    for (const Warning &warning : view_.warnings)
        warnings.emplace_back(to_string(warning.kind), warning.cgroup, warning.reason);
    return warnings;
}

std::vector<ManagerObject::Claim> ManagerObject::Unmet()
{
    std::vector<Claim> claims;
    claims.reserve(view_.unmet.size());
    for (const mitosis::Unmet &unmet : view_.unmet)
        claims.emplace_back(index_of(unmet.cell), unmet.claim, unmet.got, unmet.why);
    return claims;
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

ManagerObject::Owners ManagerObject::KernelOwners()
{
    return view_.ownership ? to_wire(*view_.ownership) : Owners{};
}

std::uint64_t ManagerObject::LastRebalanceTimestampMonotonic()
{
    return view_.rebalanced_monotonic_us;
}

std::map<std::string, std::uint64_t> ManagerObject::RebalanceCounts()
{
    return to_wire(view_.tally);
}

std::map<std::string, std::uint64_t> ManagerObject::KernelExitCounts()
{
    return view_.facts.kernel_exits;
}

std::map<std::string, sdbus::Variant> ManagerObject::Metrics()
{
    const CellCounters sum = total(view_);
    return {{"RebalanceCount", sdbus::Variant(rebalances(view_.tally))},
            {"RebalanceRejectedCount", sdbus::Variant(view_.tally.held_back)},
            {"QueueDrainCount", sdbus::Variant(view_.tally.drained)},
            {"AttachCount", sdbus::Variant(view_.facts.attachments)},
            {"ReconfigureCount", sdbus::Variant(view_.facts.reconfigurations)},
            {"ApplyDurationUSec", sdbus::Variant(view_.facts.apply_duration_us)},
            {"KernelExitCount", sdbus::Variant(kernel_exit_count(view_.facts))},
            {"DispatchLocal", sdbus::Variant(sum.dispatch_local)},
            {"DispatchCpuQueue", sdbus::Variant(sum.dispatch_cpu_queue)},
            {"DispatchCellQueue", sdbus::Variant(sum.dispatch_cell_queue)},
            {"DispatchBorrowed", sdbus::Variant(sum.dispatch_borrowed)},
            {"AffinityViolations", sdbus::Variant(sum.affinity_violations)},
            {"CPUUsageNSec", sdbus::Variant(sum.run_ns)},
            {"BorrowedNSec", sdbus::Variant(sum.borrowed_ns)},
            {"LentNSec", sdbus::Variant(sum.lent_ns)},
            {"Reclaims", sdbus::Variant(sum.reclaims)},
            {"ReclaimNSec", sdbus::Variant(sum.reclaim_ns)},
            {"Steals", sdbus::Variant(sum.steals)},
            {"PrivateSteals", sdbus::Variant(sum.private_steals)},
            {"MultiCpuPins", sdbus::Variant(sum.multicpu_pins)},
            {"PinSkips", sdbus::Variant(sum.pin_skips)},
            {"SliceShrinks", sdbus::Variant(slice_shrinks(sum))},
            {"SliceShrinksAtMax", sdbus::Variant(sum.slice_shrink_max)},
            {"SliceShrinksProportional", sdbus::Variant(sum.slice_shrink_proportional)},
            {"SliceShrinksAtMin", sdbus::Variant(sum.slice_shrink_min)},
            {"WaitNSec", sdbus::Variant(sum.wait_ns)},
            {"Waits", sdbus::Variant(sum.waits)},
            {"SampleTimestampMonotonic", sdbus::Variant(to_us(view_.sampled_at))}};
}

std::map<std::string, double> ManagerObject::Ratios()
{
    return to_wire(view_.activity);
}

} // namespace mitosis::bus
