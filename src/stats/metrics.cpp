// SPDX-License-Identifier: GPL-2.0-only
#include "stats/metrics.hpp"

#include "stats/fields.hpp"

#include "core/activity.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/status.hpp"
#include "core/tally.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace mitosis::stats {

namespace {

using Json = nlohmann::json; // sorts keys
using OrderedJson = nlohmann::ordered_json;

/// The status of the same life of the cell.
const CellStatus *find(const Status &status, const Cell &cell)
{
    const auto found = std::ranges::find(
        status.cells, cell.instance, [](const CellStatus &other) { return other.cell.instance; });
    return found != status.cells.end() && found->cell.id == cell.id ? &*found : nullptr;
}

Clock::duration elapsed(const Status &before, const Status &now)
{
    if (!before.sampled_at || !now.sampled_at)
        return {};
    return *now.sampled_at - *before.sampled_at;
}

Figures figures_of(const CellStatus &cell, const Status &before, const Status &now)
{
    return {.activity = activity(find(before, cell.cell), cell, elapsed(before, now)),
            .cpus = cell.cpus.count(),
            .cgroup = cell.cell.path,
            .smoothed_utilization = smoothed_utilization(cell)};
}

Json to_json(const Figures &figures, Scope scope)
{
    Json object = Json::object();
    for (const Field &field : fields())
        if (is_in(field, scope))
            object[std::string(field.name)] = field.value(figures);
    return object;
}

/// Cell 0 has CPUs that others claim, because it would have less than its minimum without them.
bool is_held_out(const Status &status, std::uint64_t cell0_min_cpus)
{
    CpuSet claimed;
    CpuSet root;
    for (const CellStatus &cell : status.cells) {
        if (cell.cell.id == root_cell)
            root = cell.cpus;
        else if (cell.cell.cpuset)
            claimed |= *cell.cell.cpuset & status.managed;
    }
    return (status.managed - claimed).count() < cell0_min_cpus && root.intersects(claimed);
}

Json make_metrics(const Status &before, const Status &now, bool held_out)
{
    Figures all;
    all.cells = now.cells.size();
    all.rebalances = rebalances(now.tally);
    all.held_out = held_out;
    std::map<std::uint32_t, Figures> by_id;
    for (const CellStatus &cell : now.cells) {
        const Figures figures = figures_of(cell, before, now);
        add(all.activity, figures.activity);
        by_id.emplace(std::to_underlying(cell.cell.id), figures);
    }
    all.activity.all_decisions = decisions(all.activity.events);
    Json cells = Json::object();
    for (auto &[id, figures] : by_id) {
        figures.activity.all_decisions = all.activity.all_decisions;
        cells[std::to_string(id)] = to_json(figures, Scope::cell);
    }
    Json object = to_json(all, Scope::global);
    object["cells"] = std::move(cells);
    return object;
}

std::string print(const Json &json)
{
    // A cgroup's name need not be UTF-8.
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json field_meta(const Field &field)
{
    constexpr std::array<const char *, 3> kinds{"u64", "float", "string"};
    Json object{{"datum", kinds.at(static_cast<std::size_t>(field.kind))},
                {"desc", field.description}};
    if (field.kind == Kind::text)
        object["user"] = {{"_om_skip", "true"}};
    return object;
}

Json struct_meta(const char *name, Scope scope)
{
    Json object{{"name", name}, {"fields", Json::object()}};
    for (const Field &field : fields())
        if (is_in(field, scope))
            object["fields"][std::string(field.name)] = field_meta(field);
    return object;
}

OrderedJson in_order(const Json &object, Scope scope)
{
    OrderedJson result = OrderedJson::object();
    for (const Field &field : fields())
        if (const auto found = object.find(field.name); found != object.end())
            if (is_in(field, scope))
                result[std::string(field.name)] = *found;
    return result;
}

std::optional<std::uint32_t> to_number(std::string_view text)
{
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
    if (error != std::errc{} || end != text.end())
        return std::nullopt;
    return number;
}

} // namespace

void Recorder::record(const Status &status, std::uint64_t cell0_min_cpus)
{
    held_out_ = held_out_ || is_held_out(status, cell0_min_cpus);
    const bool is_newer = now_ && now_->sampled_at && status.sampled_at != now_->sampled_at;
    if (is_newer)
        before_ = std::move(now_);
    now_ = status;
}

std::string Recorder::metrics() const
{
    const Status none;
    const Status &now = now_ ? *now_ : none;
    return print(make_metrics(before_ ? *before_ : now, now, held_out_));
}

std::string meta()
{
    Json metrics = struct_meta("Metrics", Scope::global);
    metrics["top"] = "true";
    metrics["fields"]["cells"] = {
        {"dict", {{"key", "u64"}, {"datum", {{"struct", "CellMetrics"}}}}},
        {"desc", "every cell, by its number"}};
    Json cells = struct_meta("CellMetrics", Scope::cell);
    cells["user"] = {{"_om_prefix", "c_"}, {"_om_label", "cell"}};
    return print({{"Metrics", metrics}, {"CellMetrics", cells}});
}

std::optional<std::string> to_pretty(std::string_view metrics)
{
    const Json object = Json::parse(metrics, nullptr, false);
    if (!object.is_object() || !object.contains("cells") || !object["cells"].is_object())
        return std::nullopt;
    std::map<std::uint32_t, OrderedJson> by_id;
    for (const auto &[key, cell] : object["cells"].items())
        if (const auto id = to_number(key); id && cell.is_object())
            by_id[*id] = in_order(cell, Scope::cell);
    OrderedJson result = in_order(object, Scope::global);
    OrderedJson cells = OrderedJson::object();
    for (const auto &[id, cell] : by_id)
        cells[std::to_string(id)] = cell;
    result["cells"] = std::move(cells);
    return result.dump(2);
}

} // namespace mitosis::stats
