// SPDX-License-Identifier: GPL-2.0-only
#include "stats/metrics.hpp"

#include "stats/fields.hpp"

#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "core/tally.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace mitosis::stats {

namespace {

using Json = nlohmann::json; // sorts keys
using OrderedJson = nlohmann::ordered_json;
using Counter = std::uint64_t CellCounters::*;

constexpr std::array<Counter, 17> counters{&CellCounters::dispatch_local,
                                           &CellCounters::dispatch_cpu_queue,
                                           &CellCounters::dispatch_cell_queue,
                                           &CellCounters::dispatch_borrowed,
                                           &CellCounters::affinity_violations,
                                           &CellCounters::run_ns,
                                           &CellCounters::borrowed_ns,
                                           &CellCounters::lent_ns,
                                           &CellCounters::reclaims,
                                           &CellCounters::steals,
                                           &CellCounters::private_steals,
                                           &CellCounters::multicpu_pins,
                                           &CellCounters::pin_skips,
                                           &CellCounters::slice_shrink_max,
                                           &CellCounters::slice_shrink_proportional,
                                           &CellCounters::slice_shrink_min,
                                           &CellCounters::waits};

/// The status of the same life of the cell.
const CellStatus *find(const Status &status, const Cell &cell)
{
    const auto found = std::ranges::find(
        status.cells, cell.instance, [](const CellStatus &other) { return other.cell.instance; });
    return found != status.cells.end() && found->cell.id == cell.id ? &*found : nullptr;
}

/// A cell that is new counted from zero; so did one whose counters went back.
CellCounters difference(const CellCounters *before, const CellCounters &now)
{
    CellCounters result;
    for (const Counter counter : counters) {
        const std::uint64_t base = before == nullptr ? 0 : before->*counter;
        result.*counter = now.*counter >= base ? now.*counter - base : now.*counter;
    }
    return result;
}

void add(Figures &sum, const Figures &cell)
{
    for (const Counter counter : counters)
        sum.events.*counter += cell.events.*counter;
    sum.capacity_ns += cell.capacity_ns;
}

double elapsed_ns(const Status &before, const Status &now)
{
    if (!before.sampled_at || !now.sampled_at)
        return 0.0;
    return std::chrono::duration<double, std::nano>(*now.sampled_at - *before.sampled_at).count();
}

Figures figures_of(const CellStatus &cell, const Status &before, double elapsed)
{
    const CellStatus *known = find(before, cell.cell);
    Figures figures;
    figures.events = difference(known == nullptr ? nullptr : &known->counters, cell.counters);
    figures.cpus = cell.cpus.count();
    figures.capacity_ns = static_cast<double>(figures.cpus) * elapsed;
    figures.cgroup = cell.cell.path;
    if (figures.cpus > 0)
        figures.smoothed_utilization = cell.load.smoothed / static_cast<double>(figures.cpus);
    return figures;
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
    const double elapsed = elapsed_ns(before, now);
    Figures all;
    all.cells = now.cells.size();
    all.rebalances = rebalances(now.tally);
    all.held_out = held_out;
    std::map<std::uint32_t, Figures> by_id;
    for (const CellStatus &cell : now.cells) {
        const Figures figures = figures_of(cell, before, elapsed);
        add(all, figures);
        by_id.emplace(std::to_underlying(cell.cell.id), figures);
    }
    all.all_decisions = all.decisions();
    Json cells = Json::object();
    for (auto &[id, figures] : by_id) {
        figures.all_decisions = all.all_decisions;
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
