// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/json.hpp"

#include "ctl/snapshot.hpp"

#include <nlohmann/json.hpp>

#include <span>
#include <string>
#include <variant>

namespace mitosis::ctl {

namespace {

using Json = nlohmann::ordered_json;

std::string print(const Json &json)
{
    // Cgroup names are bytes, JSON is UTF-8: what is not becomes U+FFFD instead of an exception.
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json exit_object(const LastExit &exit)
{
    if (exit.kind == 0)
        return nullptr;
    return {{"kind", exit.kind},
            {"code", exit.code},
            {"reason", exit.reason},
            {"message", exit.message},
            {"realtime_us", exit.realtime_us}};
}

Json config_object(const ServiceSnapshot &service)
{
    Json object = Json::object();
    for (const auto &[name, value] : service.config)
        std::visit([&](const auto &typed) { object[name] = typed; }, value);
    return object;
}

Json metrics_object(const CellSnapshot &cell)
{
    return {{"sampled_monotonic_us", cell.sampled_monotonic_us},
            {"utilization", cell.utilization},
            {"cpu_usage_ns", cell.cpu_usage_ns},
            {"dispatch_local", cell.dispatch_local},
            {"dispatch_cpu_queue", cell.dispatch_cpu_queue},
            {"dispatch_cell_queue", cell.dispatch_cell_queue},
            {"dispatch_borrowed", cell.dispatch_borrowed},
            {"affinity_violations", cell.affinity_violations},
            {"wait_ns", cell.wait_ns},
            {"waits", cell.waits},
            {"wait_max_ns", cell.wait_max_ns},
            {"wait_histogram", cell.wait_histogram}};
}

Json cell_object(const CellSnapshot &cell)
{
    return {{"id", cell.id},
            {"instance", cell.instance},
            {"kind", cell.kind},
            {"cgroup", cell.cgroup},
            {"cgroup_id", cell.cgroup_id},
            {"cpus", cell.cpus},
            {"borrowable_cpus", cell.borrowable_cpus},
            {"requested_cpus", cell.requested_cpus},
            {"llcs", cell.llcs},
            {"created_realtime_us", cell.created_realtime_us},
            {"created_monotonic_us", cell.created_monotonic_us},
            {"metrics", metrics_object(cell)}};
}

} // namespace

std::string to_json(const ServiceSnapshot &service)
{
    return print({{"schema", 1},
                  {"version", service.version},
                  {"api_version", service.api_version},
                  {"state", service.state},
                  {"state_reason", service.state_reason},
                  {"scheduler", service.scheduler},
                  {"attached_realtime_us", service.attached_realtime_us},
                  {"attached_monotonic_us", service.attached_monotonic_us},
                  {"managed_cpus", service.managed_cpus},
                  {"cell_count", service.cell_count},
                  {"max_cells", service.max_cells},
                  {"cell_parent_cgroup", service.cell_parent_cgroup},
                  {"generation", service.generation},
                  {"rebalances", service.rebalances},
                  {"rebalanced_realtime_us", service.rebalanced_realtime_us},
                  {"rebalanced_monotonic_us", service.rebalanced_monotonic_us},
                  {"last_exit", exit_object(service.last_exit)},
                  {"config", config_object(service)},
                  {"config_files", service.config_files}});
}

std::string to_json(std::span<const CellSnapshot> cells)
{
    Json list = Json::array();
    for (const CellSnapshot &cell : cells)
        list.push_back(cell_object(cell));
    return print({{"schema", 1}, {"cells", list}});
}

std::string to_json(const CellSnapshot &cell)
{
    return print({{"schema", 1}, {"cell", cell_object(cell)}});
}

std::string to_json(const RebalanceResult &result)
{
    Json changes = Json::array();
    for (const CellChange &change : result.changes)
        changes.push_back(
            {{"cell", change.cell}, {"gained", change.gained}, {"lost", change.lost}});
    return print({{"schema", 1}, {"generation", result.generation}, {"changes", changes}});
}

std::string to_json(const ReloadResult &result)
{
    return print({{"schema", 1}, {"generation", result.generation}, {"changed", result.changed}});
}

} // namespace mitosis::ctl
