// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/json.hpp"

#include "core/cell_policy.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "core/rule_settings.hpp"
#include "ctl/snapshot.hpp"
#include "ctl/top_model.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

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

Json warnings_array(std::span<const ServiceWarning> warnings)
{
    Json list = Json::array();
    for (const ServiceWarning &warning : warnings)
        list.push_back(
            {{"kind", warning.kind}, {"cgroup", warning.cgroup}, {"reason", warning.reason}});
    return list;
}

Json llcs_array(std::span<const LlcId> llcs)
{
    Json list = Json::array();
    for (const LlcId llc : llcs)
        list.push_back(index_of(llc));
    return list;
}

Json cpus_array(const CpuSet &cpus)
{
    Json list = Json::array();
    for (const unsigned cpu : cpus)
        list.push_back(cpu);
    return list;
}

template <class T> Json to_setting(T value)
{
    return value;
}

Json to_setting(const std::vector<LlcId> &llcs)
{
    return llcs_array(llcs);
}

Json to_setting(const CpuSet &cpus)
{
    return cpus_array(cpus);
}

/// Only what the rule says.
Json rule_object(const CellRule &rule)
{
    Json object = Json::object();
    for_each_setting(
        rule, [&object](const char *name, const auto &value) { object[name] = to_setting(value); });
    return object;
}

Json rules_object(const ServiceSnapshot &service)
{
    Json object = Json::object();
    for (const CellRule &rule : service.cell_rules)
        object[rule.pattern] = rule_object(rule);
    return object;
}

Json claim_object(const std::optional<Party> &claim)
{
    if (!claim)
        return nullptr;
    const CellPolicy &policy = claim->policy;
    return {{"min-cpus", policy.min_cpus},
            {"max-cpus", policy.max_cpus ? Json(*policy.max_cpus) : Json()},
            {"weight", policy.weight},
            {"exclusive", policy.exclusive},
            {"lend-cores", policy.lend_cores},
            {"borrow", policy.borrow},
            {"llcs", llcs_array(policy.llcs)},
            {"cpus", policy.cpus ? cpus_array(*policy.cpus) : Json()},
            {"cpu-weight", claim->weight * 100},
            {"populated", claim->populated},
            {"demand", claim->demand ? Json(*claim->demand) : Json()}};
}

Json config_object(const ServiceSnapshot &service)
{
    Json object = Json::object();
    for (const auto &[name, value] : service.config)
        std::visit([&](const auto &typed) { object[name] = typed; }, value);
    return object;
}

Json unmet_array(const ServiceSnapshot &service)
{
    Json list = Json::array();
    for (const UnmetClaim &unmet : service.unmet)
        list.push_back(
            {{"cell", unmet.cell}, {"claim", unmet.claim}, {"got", unmet.got}, {"why", unmet.why}});
    return list;
}

Json metrics_object(const CellSnapshot &cell)
{
    return {{"sampled_monotonic_us", cell.sampled_monotonic_us},
            {"utilization", cell.utilization},
            {"smoothed_utilization", cell.smoothed_utilization},
            {"demand_cpus", cell.demand_cpus},
            {"ratios", Json(cell.ratios)},
            {"cpu_usage_ns", cell.cpu_usage_ns},
            {"dispatch_local", cell.dispatch_local},
            {"dispatch_cpu_queue", cell.dispatch_cpu_queue},
            {"dispatch_cell_queue", cell.dispatch_cell_queue},
            {"dispatch_borrowed", cell.dispatch_borrowed},
            {"affinity_violations", cell.affinity_violations},
            {"borrowed_ns", cell.borrowed_ns},
            {"lent_ns", cell.lent_ns},
            {"reclaims", cell.reclaims},
            {"reclaim_ns", cell.reclaim_ns},
            {"reclaim_max_ns", cell.reclaim_max_ns},
            {"steals", cell.steals},
            {"private_steals", cell.private_steals},
            {"multicpu_pins", cell.multicpu_pins},
            {"pin_skips", cell.pin_skips},
            {"slice_shrinks", cell.slice_shrinks},
            {"slice_shrinks_at_max", cell.slice_shrinks_at_max},
            {"slice_shrinks_proportional", cell.slice_shrinks_proportional},
            {"slice_shrinks_at_min", cell.slice_shrinks_at_min},
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
            {"claim", claim_object(cell.claim)},
            {"created_realtime_us", cell.created_realtime_us},
            {"created_monotonic_us", cell.created_monotonic_us},
            {"metrics", metrics_object(cell)}};
}

Json changes_array(std::span<const CellChange> changes)
{
    Json list = Json::array();
    for (const CellChange &change : changes)
        list.push_back({{"cell", change.cell}, {"gained", change.gained}, {"lost", change.lost}});
    return list;
}

Json event_object(const SchedulerEvent &event)
{
    return {{"kind", event.kind}, {"monotonic_us", event.monotonic_us},
            {"pid", event.pid},   {"cgroup_id", event.cgroup_id},
            {"cell", event.cell}, {"cpu", event.cpu}};
}

Json properties_array(std::span<const PropertyChange> changes)
{
    Json list = Json::array();
    for (const PropertyChange &change : changes) {
        Json value; // null
        if (change.value)
            std::visit([&value](const auto &typed) { value = typed; }, *change.value);
        list.push_back({{"name", change.name}, {"value", value}});
    }
    return list;
}

std::string_view name_of(Happening::Kind kind)
{
    switch (kind) {
    case Happening::Kind::rebalanced:
        return "rebalanced";
    case Happening::Kind::reconfigured:
        return "reconfigured";
    case Happening::Kind::exited:
        return "exited";
    case Happening::Kind::cell_added:
        return "cell-added";
    case Happening::Kind::cell_removed:
        return "cell-removed";
    case Happening::Kind::changed:
        return "changed";
    case Happening::Kind::scheduler_event:
        return "scheduler-event";
    case Happening::Kind::events_left_out:
        return "events-left-out";
    case Happening::Kind::service_gone:
        return "service-gone";
    case Happening::Kind::service_came:
        return "service-came";
    }
    std::unreachable();
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
                  {"features", service.features},
                  {"attached_realtime_us", service.attached_realtime_us},
                  {"attached_monotonic_us", service.attached_monotonic_us},
                  {"managed_cpus", service.managed_cpus},
                  {"cell_count", service.cell_count},
                  {"max_cells", service.max_cells},
                  {"unmet", unmet_array(service)},
                  {"cell_parent_cgroup", service.cell_parent_cgroup},
                  {"generation", service.generation},
                  {"rebalances", service.rebalances},
                  {"rebalanced_realtime_us", service.rebalanced_realtime_us},
                  {"rebalanced_monotonic_us", service.rebalanced_monotonic_us},
                  {"last_exit", exit_object(service.last_exit)},
                  {"kernel_fallbacks", service.fallbacks},
                  {"warnings", warnings_array(service.warnings)},
                  {"config", config_object(service)},
                  {"cell_rules", rules_object(service)},
                  {"config_files", service.config_files},
                  {"config_origins", service.config_origins},
                  {"runtime_overrides", service.runtime_overrides}});
}

std::string config_to_json(const ServiceSnapshot &service)
{
    return print({{"schema", 1},
                  {"generation", service.generation},
                  {"config", config_object(service)},
                  {"cell_rules", rules_object(service)},
                  {"files", service.config_files},
                  {"origins", service.config_origins},
                  {"overrides", service.runtime_overrides}});
}

std::string metrics_to_json(const ServiceSnapshot &service, std::span<const CellSnapshot> cells)
{
    Json list = Json::array();
    for (const CellSnapshot &cell : cells)
        list.push_back({{"id", cell.id},
                        {"instance", cell.instance},
                        {"cgroup", cell.cgroup},
                        {"cpus", cell.cpus.size()},
                        {"metrics", metrics_object(cell)}});
    return print({{"schema", 1},
                  {"state", service.state},
                  {"generation", service.generation},
                  {"total", service.metrics},
                  {"cells", list}});
}

std::string top_to_json(const ServiceSnapshot &service, std::span<const CellActivity> cells)
{
    Json list = Json::array();
    for (const CellActivity &cell : cells)
        list.push_back({{"id", cell.id},
                        {"cgroup", cell.cgroup},
                        {"cpus", cell.cpus},
                        {"used_cpus", cell.used},
                        {"utilization", cell.utilization()},
                        {"borrowed_cpus", cell.borrowed},
                        {"lent_cpus", cell.lent},
                        {"wait_mean_ns", cell.wait_ns}});
    const Json json{{"schema", 1}, {"state", service.state}, {"cells", list}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_json(const Happening &happening)
{
    Json json{{"schema", 1}, {"event", name_of(happening.kind)}};
    switch (happening.kind) {
    case Happening::Kind::rebalanced:
        json["generation"] = happening.generation;
        json["trigger"] = happening.cause;
        json["changes"] = changes_array(happening.changes);
        break;
    case Happening::Kind::reconfigured:
        json["generation"] = happening.generation;
        json["origin"] = happening.cause;
        json["changed"] = happening.names;
        break;
    case Happening::Kind::exited:
        json["exit"] = exit_object(happening.exit);
        break;
    case Happening::Kind::cell_added:
        json["object"] = happening.object;
        json["cgroup"] = happening.cause;
        json["cell"] = happening.changes.front().cell;
        json["cpus"] = happening.changes.front().gained;
        break;
    case Happening::Kind::cell_removed:
        json["object"] = happening.object;
        break;
    case Happening::Kind::changed:
        json["properties"] = properties_array(happening.properties);
        break;
    case Happening::Kind::scheduler_event:
        json.update(event_object(happening.event));
        break;
    case Happening::Kind::events_left_out:
        json["count"] = happening.left_out;
        break;
    case Happening::Kind::service_gone:
    case Happening::Kind::service_came:
        break;
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
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

std::string dump_to_json(const std::string &dump)
{
    return print({{"schema", 1}, {"dump", dump}});
}

std::string to_json(const RebalanceResult &result)
{
    return print({{"schema", 1},
                  {"generation", result.generation},
                  {"changes", changes_array(result.changes)}});
}

std::string to_json(const ConfigResult &result)
{
    Json json{{"schema", 1}, {"generation", result.generation}, {"changed", result.changed}};
    if (result.changes)
        json["changes"] = changes_array(*result.changes);
    return print(json);
}

} // namespace mitosis::ctl
