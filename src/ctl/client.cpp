// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/client.hpp"

#include "ctl/failure.hpp"
#include "ctl/snapshot.hpp"

#include <org.scx.Mitosis.Cell.proxy.hpp>
#include <org.scx.Mitosis.CellMetrics.proxy.hpp>
#include <org.scx.Mitosis.proxy.hpp>
#include <sdbus-c++/Error.h>
#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/ProxyInterfaces.h>
#include <sdbus-c++/StandardInterfaces.h>
#include <sdbus-c++/TypeTraits.h>
#include <sdbus-c++/Types.h>

#include <algorithm>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::ctl {

/// The generated proxy without an event loop: calls only, signals are not listened to.
class ManagerProxy final
    : public sdbus::ProxyInterfaces<org::scx::Mitosis_proxy, sdbus::Properties_proxy,
                                    sdbus::ObjectManager_proxy> {
public:
    explicit ManagerProxy(std::unique_ptr<sdbus::IConnection> connection)
        : ProxyInterfaces(std::move(connection), sdbus::ServiceName("org.scx.Mitosis"),
                          sdbus::ObjectPath("/org/scx/Mitosis"), sdbus::dont_run_event_loop_thread)
    {
    }

private:
    using Changes = std::vector<
        sdbus::Struct<std::uint32_t, std::vector<std::uint32_t>, std::vector<std::uint32_t>>>;
    using Properties = std::map<sdbus::PropertyName, sdbus::Variant>;

    void onRebalanced(const std::uint64_t & /*generation*/, const std::string & /*trigger*/,
                      const Changes & /*changes*/) override
    {
    }
    void onReconfigured(const std::uint64_t & /*generation*/, const std::string & /*origin*/,
                        const std::vector<std::string> & /*changed*/) override
    {
    }
    void onSchedulerExited(const std::uint32_t & /*kind*/, const std::int64_t & /*code*/,
                           const std::string & /*reason*/, const std::string & /*message*/) override
    {
    }
    void onPropertiesChanged(const sdbus::InterfaceName & /*interface*/,
                             const Properties & /*changed*/,
                             const std::vector<sdbus::PropertyName> & /*invalidated*/) override
    {
    }
    void
    onInterfacesAdded(const sdbus::ObjectPath & /*path*/,
                      const std::map<sdbus::InterfaceName, Properties> & /*interfaces*/) override
    {
    }
    void onInterfacesRemoved(const sdbus::ObjectPath & /*path*/,
                             const std::vector<sdbus::InterfaceName> & /*interfaces*/) override
    {
    }
};

namespace {

/// All properties of one interface at one moment; a missing or mistyped one is an sdbus::Error.
class Properties {
public:
    explicit Properties(std::map<sdbus::PropertyName, sdbus::Variant> values)
        : values_(std::move(values))
    {
    }

    template <class T> void read(T &to, const char *name) const
    {
        const auto found = values_.find(sdbus::PropertyName(name));
        if (found == values_.end() || !found->second.containsValueOfType<T>())
            throw sdbus::Error(sdbus::Error::Name("org.freedesktop.DBus.Error.UnknownProperty"),
                               std::string("the service has no usable property ") + name);
        to = found->second.get<T>();
    }

private:
    std::map<sdbus::PropertyName, sdbus::Variant> values_;
};

using Dict = std::map<std::string, sdbus::Variant>;

/// Runs the call; what it throws becomes the Failure.
template <class Call> auto answered(Call &&call) -> Answer<decltype(call())>
{
    try {
        return std::forward<Call>(call)();
    } catch (const sdbus::Error &error) {
        return std::unexpected(to_failure(error.getName(), error.getMessage()));
    }
}

template <class... Types> ConfigValue to_config_value(const sdbus::Variant &value)
{
    ConfigValue result = "a value of type " + std::string(value.peekValueType());
    ((value.containsValueOfType<Types>() ? void(result = value.get<Types>()) : void()), ...);
    return result;
}

void read_config(ServiceSnapshot &service, const Properties &properties)
{
    Dict config;
    properties.read(config, "Config");
    for (const auto &[name, value] : config)
        service.config[name] =
            to_config_value<bool, std::uint64_t, double, std::string, std::vector<std::string>>(
                value);
    properties.read(service.config_files, "ConfigFiles");
    properties.read(service.cell_parent_cgroup, "CellParentCGroup");
    properties.read(service.generation, "ConfigGeneration");
}

void read_last_exit(LastExit &exit, const Properties &properties)
{
    sdbus::Struct<std::uint32_t, std::int64_t, std::string, std::string, std::uint64_t> last;
    properties.read(last, "LastExit");
    exit = {last.get<0>(), last.get<1>(), last.get<2>(), last.get<3>(), last.get<4>()};
}

void read_rebalances(ServiceSnapshot &service, const Properties &properties)
{
    Dict metrics;
    properties.read(metrics, "Metrics");
    service.rebalances = metrics.at("RebalanceCount").get<std::uint64_t>();
    properties.read(service.rebalanced_realtime_us, "LastRebalanceTimestamp");
    properties.read(service.rebalanced_monotonic_us, "LastRebalanceTimestampMonotonic");
}

ServiceSnapshot to_service(const Properties &properties)
{
    ServiceSnapshot service;
    properties.read(service.version, "Version");
    properties.read(service.api_version, "ApiVersion");
    properties.read(service.scheduler, "SchedulerName");
    properties.read(service.state, "State");
    properties.read(service.state_reason, "StateReason");
    properties.read(service.attached_realtime_us, "AttachTimestamp");
    properties.read(service.attached_monotonic_us, "AttachTimestampMonotonic");
    properties.read(service.managed_cpus, "ManagedCpus");
    properties.read(service.cell_count, "CellCount");
    properties.read(service.max_cells, "MaxCells");
    read_last_exit(service.last_exit, properties);
    read_config(service, properties);
    read_rebalances(service, properties);
    return service;
}

void read_cell(CellSnapshot &cell, const Properties &properties)
{
    properties.read(cell.id, "Id");
    properties.read(cell.instance, "InstanceId");
    properties.read(cell.kind, "Kind");
    properties.read(cell.cgroup, "CGroup");
    properties.read(cell.cgroup_id, "CGroupId");
    properties.read(cell.cpus, "Cpus");
    properties.read(cell.borrowable_cpus, "BorrowableCpus");
    properties.read(cell.requested_cpus, "RequestedCpus");
    properties.read(cell.llcs, "Llcs");
    properties.read(cell.created_realtime_us, "CreationTimestamp");
    properties.read(cell.created_monotonic_us, "CreationTimestampMonotonic");
}

void read_metrics(CellSnapshot &cell, const Properties &properties)
{
    properties.read(cell.sampled_monotonic_us, "SampleTimestampMonotonic");
    properties.read(cell.utilization, "Utilization");
    properties.read(cell.cpu_usage_ns, "CPUUsageNSec");
    properties.read(cell.dispatch_local, "DispatchLocal");
    properties.read(cell.dispatch_cpu_queue, "DispatchCpuQueue");
    properties.read(cell.dispatch_cell_queue, "DispatchCellQueue");
    properties.read(cell.dispatch_borrowed, "DispatchBorrowed");
    properties.read(cell.affinity_violations, "AffinityViolations");
    properties.read(cell.wait_ns, "WaitNSec");
    properties.read(cell.waits, "Waits");
    properties.read(cell.wait_max_ns, "WaitMaxNSec");
    properties.read(cell.wait_histogram, "WaitHistogram");
}

std::vector<CellSnapshot> read_all_cells(ManagerProxy &manager)
{
    std::vector<CellSnapshot> cells;
    for (const auto &[path, interfaces] : manager.GetManagedObjects()) {
        CellSnapshot cell;
        read_cell(cell, Properties(interfaces.at(
                            sdbus::InterfaceName(org::scx::Mitosis::Cell_proxy::INTERFACE_NAME))));
        read_metrics(cell, Properties(interfaces.at(sdbus::InterfaceName(
                               org::scx::Mitosis::CellMetrics_proxy::INTERFACE_NAME))));
        cells.push_back(std::move(cell));
    }
    std::ranges::sort(cells, {}, &CellSnapshot::id);
    return cells;
}

} // namespace

Client::Client(std::unique_ptr<ManagerProxy> manager) : manager_(std::move(manager)) {}
Client::~Client() = default;
Client::Client(Client &&) noexcept = default;
Client &Client::operator=(Client &&) noexcept = default;

Answer<Client> Client::open()
{
    try {
        return Client(std::make_unique<ManagerProxy>(sdbus::createSystemBusConnection()));
    } catch (const sdbus::Error &error) {
        return std::unexpected(Failure{ExitStatus::failure,
                                       "cannot connect to the system bus: " + error.getMessage()});
    }
}

Answer<ServiceSnapshot> Client::read_service()
{
    return answered([this] {
        return to_service(
            Properties(manager_->GetAll(ManagerProxy::Mitosis_proxy::INTERFACE_NAME)));
    });
}

Answer<std::vector<CellSnapshot>> Client::read_cells()
{
    return answered([this] { return read_all_cells(*manager_); });
}

Answer<RebalanceResult> Client::rebalance(DryRun dry_run)
{
    return answered([&] {
        const auto [generation, changes] =
            manager_->Rebalance({{"DryRun", sdbus::Variant(dry_run == DryRun::yes)},
                                 {"Reason", sdbus::Variant(std::string("mitosisctl"))}});
        RebalanceResult result{.generation = generation, .changes = {}};
        result.changes.reserve(changes.size());
        for (const auto &change : changes)
            result.changes.push_back({change.get<0>(), change.get<1>(), change.get<2>()});
        return result;
    });
}

Answer<ReloadResult> Client::reload()
{
    return answered([this] {
        auto [generation, changed] = manager_->Reload();
        return ReloadResult{.generation = generation, .changed = std::move(changed)};
    });
}

} // namespace mitosis::ctl
