// SPDX-License-Identifier: GPL-2.0-only
#include "bus/status_diff.hpp"

#include "bus/view.hpp"
#include "core/ids.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string_view>
#include <vector>

namespace mitosis::bus {

namespace {

template <class Shown> struct Property {
    std::string_view name;
    bool (*differs)(const Shown &, const Shown &);
};

/// One line of the property a(uosau) Cells.
bool is_same_line(const CellView &a, const CellView &b)
{
    return a.status.cell.id == b.status.cell.id && a.status.cell.path == b.status.cell.path &&
           a.status.cpus == b.status.cpus;
}

constexpr std::array manager_properties{
    Property<View>{"Features",
                   [](auto &a, auto &b) { return a.facts.features != b.facts.features; }},
    Property<View>{"KernelFallbacks",
                   [](auto &a, auto &b) { return a.facts.fallbacks != b.facts.fallbacks; }},
    Property<View>{"State", [](auto &a, auto &b) { return a.facts.state != b.facts.state; }},
    Property<View>{"StateReason",
                   [](auto &a, auto &b) { return a.facts.state_reason != b.facts.state_reason; }},
    Property<View>{"AttachTimestamp",
                   [](auto &a, auto &b) {
                       return a.facts.attached_realtime_us != b.facts.attached_realtime_us;
                   }},
    Property<View>{"AttachTimestampMonotonic",
                   [](auto &a, auto &b) {
                       return a.facts.attached_monotonic_us != b.facts.attached_monotonic_us;
                   }},
    Property<View>{"LastExit",
                   [](auto &a, auto &b) { return a.facts.last_exit != b.facts.last_exit; }},
    Property<View>{"ConfigGeneration",
                   [](auto &a, auto &b) { return a.generation != b.generation; }},
    Property<View>{"Config", [](auto &a, auto &b) { return a.facts.config != b.facts.config; }},
    Property<View>{"CellRules",
                   [](auto &a, auto &b) {
                       return a.facts.settings.cell_rules != b.facts.settings.cell_rules;
                   }},
    Property<View>{"ConfigFiles",
                   [](auto &a, auto &b) { return a.facts.config_files != b.facts.config_files; }},
    Property<View>{
        "ConfigOrigins",
        [](auto &a, auto &b) { return a.facts.config_origins != b.facts.config_origins; }},
    Property<View>{
        "RuntimeOverrides",
        [](auto &a, auto &b) { return a.facts.runtime_overrides != b.facts.runtime_overrides; }},
    Property<View>{
        "CellParentCGroup",
        [](auto &a, auto &b) { return a.facts.cell_parent_cgroup != b.facts.cell_parent_cgroup; }},
    Property<View>{"ManagedCpus", [](auto &a, auto &b) { return a.managed != b.managed; }},
    Property<View>{"CellCount", [](auto &a, auto &b) { return a.cells.size() != b.cells.size(); }},
    Property<View>{"Warnings", [](auto &a, auto &b) { return a.warnings != b.warnings; }},
    Property<View>{"Unmet", [](auto &a, auto &b) { return a.unmet != b.unmet; }},
    Property<View>{
        "Cells",
        [](auto &a, auto &b) { return !std::ranges::equal(a.cells, b.cells, is_same_line); }},
    Property<View>{"KernelOwners", [](auto &a, auto &b) { return a.ownership != b.ownership; }},
    Property<View>{
        "LastRebalanceTimestamp",
        [](auto &a, auto &b) { return a.rebalanced_realtime_us != b.rebalanced_realtime_us; }},
    Property<View>{
        "LastRebalanceTimestampMonotonic",
        [](auto &a, auto &b) { return a.rebalanced_monotonic_us != b.rebalanced_monotonic_us; }},
};

constexpr std::array cell_properties{
    Property<CellView>{"CGroup",
                       [](auto &a, auto &b) { return a.status.cell.path != b.status.cell.path; }},
    Property<CellView>{"Cpus", [](auto &a, auto &b) { return a.status.cpus != b.status.cpus; }},
    Property<CellView>{"BorrowableCpus",
                       [](auto &a, auto &b) { return a.status.borrowable != b.status.borrowable; }},
    Property<CellView>{
        "RequestedCpus",
        [](auto &a, auto &b) { return a.status.cell.cpuset != b.status.cell.cpuset; }},
    Property<CellView>{"Llcs", [](auto &a, auto &b) { return a.status.llcs != b.status.llcs; }},
};

constexpr std::array<std::string_view, 3> urgent_properties{"State", "StateReason", "LastExit"};

template <class Shown>
std::vector<std::string_view> changed(std::span<const Property<Shown>> properties,
                                      const Shown &before, const Shown &now)
{
    std::vector<std::string_view> names;
    for (const Property<Shown> &property : properties)
        if (property.differs(before, now))
            names.push_back(property.name);
    return names;
}

/// Ids of what is in `cells` but not in `others`.
std::vector<CellId> missing_from(std::span<const CellKey> others, std::span<const CellKey> cells)
{
    std::vector<CellKey> missing;
    std::ranges::set_difference(cells, others, std::back_inserter(missing));
    std::vector<CellId> ids;
    ids.reserve(missing.size());
    for (const CellKey &key : missing)
        ids.push_back(key.id);
    return ids;
}

} // namespace

std::vector<std::string_view> changed_properties(const View &before, const View &now)
{
    return changed<View>(manager_properties, before, now);
}

std::vector<std::string_view> changed_properties(const CellView &before, const CellView &now)
{
    return changed<CellView>(cell_properties, before, now);
}

bool is_urgent(std::span<const std::string_view> properties)
{
    return std::ranges::find_first_of(properties, urgent_properties) != properties.end();
}

CellObjectChanges cell_object_changes(std::span<const CellKey> before, std::span<const CellKey> now)
{
    return {.removed = missing_from(now, before), .added = missing_from(before, now)};
}

} // namespace mitosis::bus
