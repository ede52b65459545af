// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/read_properties.hpp"

#include "core/cell_policy.hpp"
#include "core/ids.hpp"
#include "ctl/snapshot.hpp"

#include <sdbus-c++/Types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mitosis::ctl {

namespace {

using Dict = std::map<std::string, sdbus::Variant>;

template <class... Types> ConfigValue to_config_value(const sdbus::Variant &value)
{
    ConfigValue result = "a value of type " + std::string(value.peekValueType());
    ((value.containsValueOfType<Types>() ? void(result = value.get<Types>()) : void()), ...);
    return result;
}

void read_config(ServiceSnapshot &service, const BusProperties &properties)
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
    properties.read_if_there(service.config_origins, "ConfigOrigins");
    properties.read_if_there(service.runtime_overrides, "RuntimeOverrides");
}

void read_last_exit(LastExit &exit, const BusProperties &properties)
{
    sdbus::Struct<std::uint32_t, std::int64_t, std::string, std::string, std::uint64_t> last;
    properties.read(last, "LastExit");
    exit = {last.get<0>(), last.get<1>(), last.get<2>(), last.get<3>(), last.get<4>()};
}

void read_warnings(ServiceSnapshot &service, const BusProperties &properties)
{
    std::vector<sdbus::Struct<std::string, std::string, std::string>> warnings;
    properties.read_if_there(warnings, "Warnings");
    for (const auto &warning : warnings)
        service.warnings.push_back({warning.get<0>(), warning.get<1>(), warning.get<2>()});
    properties.read_if_there(service.fallbacks, "KernelFallbacks");
}

void read_rebalances(ServiceSnapshot &service, const BusProperties &properties)
{
    Dict metrics;
    properties.read(metrics, "Metrics");
    for (const auto &[name, value] : metrics)
        if (value.containsValueOfType<std::uint64_t>())
            service.metrics[name] = value.get<std::uint64_t>();
    service.rebalances = service.metrics["RebalanceCount"];
    properties.read_if_there(service.rebalance_counts, "RebalanceCounts");
    properties.read_if_there(service.kernel_exit_counts, "KernelExitCounts");
    properties.read(service.rebalanced_realtime_us, "LastRebalanceTimestamp");
    properties.read(service.rebalanced_monotonic_us, "LastRebalanceTimestampMonotonic");
}

void read_unmet(ServiceSnapshot &service, const BusProperties &properties)
{
    std::vector<sdbus::Struct<std::uint32_t, std::string, std::uint32_t, std::string>> claims;
    properties.read_if_there(claims, "Unmet");
    for (const auto &claim : claims)
        service.unmet.push_back({.cell = claim.get<0>(),
                                 .claim = claim.get<1>(),
                                 .got = claim.get<2>(),
                                 .why = claim.get<3>()});
}

void read_owners(ServiceSnapshot &service, const BusProperties &properties)
{
    std::vector<sdbus::Struct<std::uint32_t, Cpus>> lines;
    if (!properties.read_if_there(lines, "KernelOwners"))
        return;
    service.kernel_owners.emplace();
    for (const auto &line : lines)
        service.kernel_owners->emplace(line.get<0>(), line.get<1>());
}

template <class T> std::optional<T> value_of(const Dict &values, const char *name)
{
    const auto found = values.find(name);
    if (found == values.end() || !found->second.containsValueOfType<T>())
        return std::nullopt;
    return found->second.get<T>();
}

template <class T> void take(T &to, const Dict &values, const char *name)
{
    to = value_of<T>(values, name).value_or(to);
}

std::vector<LlcId> to_llcs(const Cpus &numbers)
{
    std::vector<LlcId> llcs;
    llcs.reserve(numbers.size());
    for (const std::uint32_t number : numbers)
        llcs.push_back(LlcId{number});
    return llcs;
}

CellPolicy to_policy(const Dict &values)
{
    CellPolicy policy;
    take(policy.weight, values, "weight");
    take(policy.min_cpus, values, "min-cpus");
    policy.max_cpus = value_of<std::uint32_t>(values, "max-cpus");
    take(policy.exclusive, values, "exclusive");
    take(policy.lend_cores, values, "lend-cores");
    take(policy.borrow, values, "borrow");
    policy.llcs = to_llcs(value_of<Cpus>(values, "llcs").value_or(Cpus{}));
    policy.cpus = value_of<Cpus>(values, "cpus").transform(to_set);
    return policy;
}

CellRule to_rule(const std::string &pattern, const Dict &values)
{
    CellRule rule{.pattern = pattern};
    rule.min_cpus = value_of<std::uint32_t>(values, "min-cpus");
    rule.max_cpus = value_of<std::uint32_t>(values, "max-cpus");
    rule.weight = value_of<std::uint32_t>(values, "weight");
    rule.exclusive = value_of<bool>(values, "exclusive");
    rule.lend_cores = value_of<bool>(values, "lend-cores");
    rule.borrow = value_of<bool>(values, "borrow");
    rule.llcs = value_of<Cpus>(values, "llcs").transform(to_llcs);
    rule.cpus = value_of<Cpus>(values, "cpus").transform(to_set);
    return rule;
}

void read_rules(ServiceSnapshot &service, const BusProperties &properties)
{
    std::map<std::string, Dict> rules;
    properties.read_if_there(rules, "CellRules");
    for (const auto &[pattern, values] : rules)
        service.cell_rules.push_back(to_rule(pattern, values));
}

void read_claim(CellSnapshot &cell, const BusProperties &properties)
{
    Dict values;
    if (!properties.read_if_there(values, "Claim"))
        return;
    cell.claim.emplace();
    cell.claim->policy = to_policy(values);
    cell.claim->weight = value_of<double>(values, "cpu-weight").value_or(100) / 100;
    take(cell.claim->populated, values, "populated");
    cell.claim->demand = value_of<double>(values, "demand");
}

void read_lending(CellSnapshot &cell, const BusProperties &properties)
{
    properties.read_if_there(cell.borrowed_ns, "BorrowedNSec");
    properties.read_if_there(cell.lent_ns, "LentNSec");
    properties.read_if_there(cell.reclaims, "Reclaims");
    properties.read_if_there(cell.reclaim_ns, "ReclaimNSec");
    properties.read_if_there(cell.reclaim_max_ns, "ReclaimMaxNSec");
    properties.read_if_there(cell.steals, "Steals");
    properties.read_if_there(cell.private_steals, "PrivateSteals");
    properties.read_if_there(cell.multicpu_pins, "MultiCpuPins");
    properties.read_if_there(cell.pin_skips, "PinSkips");
    properties.read_if_there(cell.slice_shrinks, "SliceShrinks");
    properties.read_if_there(cell.slice_shrinks_at_max, "SliceShrinksAtMax");
    properties.read_if_there(cell.slice_shrinks_proportional, "SliceShrinksProportional");
    properties.read_if_there(cell.slice_shrinks_at_min, "SliceShrinksAtMin");
}

} // namespace

ServiceSnapshot to_service(const BusProperties &properties)
{
    ServiceSnapshot service;
    properties.read(service.version, "Version");
    properties.read(service.api_version, "ApiVersion");
    properties.read(service.scheduler, "SchedulerName");
    properties.read(service.features, "Features");
    properties.read(service.state, "State");
    properties.read(service.state_reason, "StateReason");
    properties.read(service.attached_realtime_us, "AttachTimestamp");
    properties.read(service.attached_monotonic_us, "AttachTimestampMonotonic");
    properties.read(service.managed_cpus, "ManagedCpus");
    properties.read(service.cell_count, "CellCount");
    properties.read(service.max_cells, "MaxCells");
    read_last_exit(service.last_exit, properties);
    read_warnings(service, properties);
    read_config(service, properties);
    read_rules(service, properties);
    read_unmet(service, properties);
    read_owners(service, properties);
    read_rebalances(service, properties);
    return service;
}

void read_cell(CellSnapshot &cell, const BusProperties &properties)
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
    read_claim(cell, properties);
    properties.read(cell.created_realtime_us, "CreationTimestamp");
    properties.read(cell.created_monotonic_us, "CreationTimestampMonotonic");
}

void read_cell_metrics(CellSnapshot &cell, const BusProperties &properties)
{
    properties.read(cell.sampled_monotonic_us, "SampleTimestampMonotonic");
    properties.read(cell.utilization, "Utilization");
    properties.read_if_there(cell.smoothed_utilization, "SmoothedUtilization");
    properties.read_if_there(cell.demand_cpus, "DemandCpus");
    properties.read_if_there(cell.ratios, "Ratios");
    properties.read(cell.cpu_usage_ns, "CPUUsageNSec");
    properties.read(cell.dispatch_local, "DispatchLocal");
    properties.read(cell.dispatch_cpu_queue, "DispatchCpuQueue");
    properties.read(cell.dispatch_cell_queue, "DispatchCellQueue");
    properties.read(cell.dispatch_borrowed, "DispatchBorrowed");
    properties.read(cell.affinity_violations, "AffinityViolations");
    read_lending(cell, properties);
    properties.read(cell.wait_ns, "WaitNSec");
    properties.read(cell.waits, "Waits");
    properties.read(cell.wait_max_ns, "WaitMaxNSec");
    properties.read(cell.wait_histogram, "WaitHistogram");
}

} // namespace mitosis::ctl
