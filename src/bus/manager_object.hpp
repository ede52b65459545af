// SPDX-License-Identifier: GPL-2.0-only
// ManagerObject: /org/scx/Mitosis, the service itself on the bus. Getters read the View; methods
// that change something go through Calls.
#pragma once

#include "bus/calls.hpp"
#include "bus/gate.hpp"
#include "bus/view.hpp"
#include "core/event_tail.hpp"
#include "engine/ports.hpp"

#include <org.scx.Mitosis.adaptor.hpp>
#include <sdbus-c++/AdaptorInterfaces.h>
#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/MethodResult.h>
#include <sdbus-c++/StandardInterfaces.h>
#include <sdbus-c++/Types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace mitosis::bus {

class ManagerObject final
    : public sdbus::AdaptorInterfaces<org::scx::Mitosis_adaptor, sdbus::ObjectManager_adaptor,
                                      sdbus::Properties_adaptor> {
public:
    struct Surroundings {
        const View &view;
        const EventTail &events; // for the dump
        Calls &calls;
        Gate gate;
        /// Sends the property changes that wait for their round; it is called before a reply, so
        /// that a caller who has it finds the signals already delivered.
        std::function<void()> flush;
    };

    /// All outlive the object.
    ManagerObject(sdbus::IConnection &connection, Surroundings around);
    ~ManagerObject();

    void signal_changes(std::span<const std::string_view> properties);

private:
    using Changes = std::vector<
        sdbus::Struct<std::uint32_t, std::vector<std::uint32_t>, std::vector<std::uint32_t>>>;
    using CellLine =
        sdbus::Struct<std::uint32_t, sdbus::ObjectPath, std::string, std::vector<std::uint32_t>>;
    using Claim = sdbus::Struct<std::uint32_t, std::string, std::uint32_t, std::string>;
    using Owners = std::vector<sdbus::Struct<std::uint32_t, std::vector<std::uint32_t>>>;
    using Exit =
        sdbus::Struct<std::uint32_t, std::int64_t, std::string, std::string, std::uint64_t>;

    using Changed = std::vector<std::string>;
    using Dict = std::map<std::string, sdbus::Variant>;
    using ConfigReply = std::tuple<std::uint64_t, Changed>;

    [[nodiscard]] ConfigReply replied(const engine::ReconfigureOutcome &outcome) const;

    // The arguments' types are those of the generated class.
    void Rebalance(sdbus::Result<std::uint64_t, Changes> &&reply, Dict options) override;
    void Reconfigure(sdbus::Result<std::uint64_t, Changed, Changes> &&reply, Dict settings,
                     std::uint64_t expected_generation, std::uint64_t flags) override;
    void ResetConfiguration(sdbus::Result<std::uint64_t> &&reply,
                            std::vector<std::string> names) override;
    void Reload(sdbus::Result<std::uint64_t, Changed> &&reply) override;
    void GetCellByPIDFD(sdbus::Result<sdbus::ObjectPath> &&reply, sdbus::UnixFd pidfd) override;
    void DumpByFileDescriptor(sdbus::Result<sdbus::UnixFd> &&reply) override;
    sdbus::ObjectPath GetCellByCGroup(const std::string &cgroup) override;
    sdbus::ObjectPath GetCellByCPU(const std::uint32_t &cpu) override;

    std::string Version() override { return view_.facts.version; }
    std::uint32_t ApiVersion() override { return 1; }
    std::vector<std::string> Features() override { return view_.facts.features; }
    std::vector<std::string> KernelFallbacks() override { return view_.facts.fallbacks; }
    std::string SchedulerName() override { return view_.facts.scheduler_name; }
    std::uint32_t MaxCells() override { return view_.facts.max_cells; }
    std::string State() override;
    std::string StateReason() override { return view_.facts.state_reason; }
    std::uint64_t AttachTimestamp() override { return view_.facts.attached_realtime_us; }
    std::uint64_t AttachTimestampMonotonic() override;
    Exit LastExit() override;
    std::uint64_t ConfigGeneration() override { return view_.generation; }
    std::map<std::string, sdbus::Variant> Config() override;
    std::map<std::string, Dict> CellRules() override;
    std::vector<std::string> ConfigFiles() override { return view_.facts.config_files; }
    std::map<std::string, std::string> ConfigOrigins() override;
    std::vector<std::string> RuntimeOverrides() override;
    std::string CellParentCGroup() override { return view_.facts.cell_parent_cgroup; }
    std::vector<std::uint32_t> ManagedCpus() override;
    std::uint32_t CellCount() override { return static_cast<std::uint32_t>(view_.cells.size()); }
    std::vector<sdbus::Struct<std::string, std::string, std::string>> Warnings() override;
    std::vector<Claim> Unmet() override;
    std::vector<CellLine> Cells() override;
    Owners KernelOwners() override;
    std::uint64_t LastRebalanceTimestamp() override { return view_.rebalanced_realtime_us; }
    std::uint64_t LastRebalanceTimestampMonotonic() override;
    std::map<std::string, std::uint64_t> RebalanceCounts() override;
    std::map<std::string, std::uint64_t> KernelExitCounts() override;
    std::map<std::string, sdbus::Variant> Metrics() override;
    std::map<std::string, double> Ratios() override;

    const View &view_;
    const EventTail &events_;
    Calls &calls_;
    Gate gate_;
    std::function<void()> flush_;
};

} // namespace mitosis::bus
