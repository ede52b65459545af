// SPDX-License-Identifier: GPL-2.0-only
#include "bus/wire.hpp"

#include "bus/facts.hpp"
#include "core/activity.hpp"
#include "core/cell_policy.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/event.hpp"
#include "core/event_tail.hpp"
#include "core/ids.hpp"
#include "core/kernel_event.hpp"
#include "core/ownership.hpp"
#include "core/rule_settings.hpp"
#include "core/sample.hpp"
#include "core/tally.hpp"

#include <sdbus-c++/Types.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mitosis::bus {

namespace {

std::vector<std::uint32_t> to_wire(std::span<const LlcId> llcs)
{
    std::vector<std::uint32_t> numbers;
    numbers.reserve(llcs.size());
    for (const LlcId llc : llcs)
        numbers.push_back(index_of(llc));
    return numbers;
}

template <class T> T setting_on_wire(T value)
{
    return value;
}

std::vector<std::uint32_t> setting_on_wire(const std::vector<LlcId> &llcs)
{
    return to_wire(llcs);
}

std::vector<std::uint32_t> setting_on_wire(const CpuSet &cpus)
{
    return bus::to_wire(cpus);
}

WireDict to_wire(const CellRule &rule)
{
    WireDict wire;
    for_each_setting(rule, [&wire](const char *name, const auto &value) {
        wire.emplace(name, sdbus::Variant(setting_on_wire(value)));
    });
    return wire;
}

} // namespace

std::vector<std::uint32_t> to_wire(const CpuSet &cpus)
{
    std::vector<std::uint32_t> numbers;
    for (const unsigned cpu : cpus)
        numbers.push_back(cpu);
    return numbers;
}

std::vector<WireShift> to_wire(std::span<const CellShift> shifts)
{
    std::vector<WireShift> wire;
    wire.reserve(shifts.size());
    for (const CellShift &shift : shifts)
        wire.emplace_back(index_of(shift.cell), to_wire(shift.gained), to_wire(shift.lost));
    return wire;
}

WireOwners to_wire(const Ownership &ownership)
{
    std::map<std::uint32_t, std::vector<std::uint32_t>> cells;
    for (std::uint32_t cpu = 0; cpu < ownership.owners.size(); ++cpu)
        if (const auto owner = ownership.owners[cpu])
            cells[index_of(*owner)].push_back(cpu);
    WireOwners wire;
    wire.reserve(cells.size());
    for (auto &[cell, cpus] : cells)
        wire.emplace_back(cell, std::move(cpus));
    return wire;
}

WireDict to_wire(const ConfigMap &config)
{
    WireDict wire;
    for (const auto &[name, value] : config)
        std::visit([&](const auto &typed) { wire.emplace(name, sdbus::Variant(typed)); }, value);
    return wire;
}

std::vector<WireEvent> to_wire(const EventTail &tail)
{
    constexpr std::uint64_t ns_per_us = 1000;
    std::vector<WireEvent> wire;
    wire.reserve(tail.events().size());
    for (const KernelEvent &event : tail.events())
        wire.emplace_back(event.at_ns / ns_per_us, std::string(to_string(event.kind)), event.pid,
                          std::to_underlying(event.cgroup), index_of(event.cell), event.cpu);
    return wire;
}

WireDict to_wire(const Party &party)
{
    const CellPolicy &policy = party.policy;
    WireDict wire{{"cpu-weight", sdbus::Variant(party.weight * 100)},
                  {"weight", sdbus::Variant(policy.weight)},
                  {"min-cpus", sdbus::Variant(policy.min_cpus)},
                  {"exclusive", sdbus::Variant(policy.exclusive)},
                  {"lend-cores", sdbus::Variant(policy.lend_cores)},
                  {"borrow", sdbus::Variant(policy.borrow)},
                  {"llcs", sdbus::Variant(to_wire(policy.llcs))},
                  {"populated", sdbus::Variant(party.populated)}};
    if (policy.max_cpus)
        wire.emplace("max-cpus", sdbus::Variant(*policy.max_cpus));
    if (policy.cpus)
        wire.emplace("cpus", sdbus::Variant(to_wire(*policy.cpus)));
    if (party.demand)
        wire.emplace("demand", sdbus::Variant(*party.demand));
    return wire;
}

WireRules to_wire(std::span<const CellRule> rules)
{
    WireRules wire;
    for (const CellRule &rule : rules)
        wire.emplace(rule.pattern, to_wire(rule));
    return wire;
}

std::map<std::string, double> to_wire(const Activity &activity)
{
    using C = CellCounters;
    constexpr std::array<std::pair<const char *, Formula>, 11> ratios{{
        {"DispatchLocal", of_decisions<&C::dispatch_local>},
        {"DispatchCpuQueue", of_decisions<&C::dispatch_cpu_queue>},
        {"DispatchCellQueue", of_decisions<&C::dispatch_cell_queue>},
        {"DispatchBorrowed", of_decisions<&C::dispatch_borrowed>},
        {"AffinityViolations", of_decisions<&C::affinity_violations>},
        {"Steals", of_decisions<&C::steals>},
        {"PinSkips", of_decisions<&C::pin_skips>},
        {"Decisions", share_of_decisions},
        {"Utilization", of_capacity<&C::run_ns>},
        {"Borrowed", borrowed_of_use},
        {"Lent", of_capacity<&C::lent_ns>},
    }};
    std::map<std::string, double> wire;
    for (const auto &[name, formula] : ratios)
        wire.emplace(name, formula(activity).value());
    return wire;
}

std::map<std::string, std::uint64_t> to_wire(const Tally &tally)
{
    std::map<std::string, std::uint64_t> counts;
    for (const Trigger trigger : all_triggers)
        if (trigger != Trigger::startup) // which takes CPUs from nobody
            counts.emplace(to_string(trigger), moves_for(tally, trigger));
    return counts;
}

std::vector<sdbus::PropertyName> to_property_names(std::span<const std::string_view> names)
{
    std::vector<sdbus::PropertyName> properties;
    properties.reserve(names.size());
    for (const std::string_view name : names)
        properties.emplace_back(std::string(name));
    return properties;
}

sdbus::ObjectPath to_object_path(CellId id)
{
    return sdbus::ObjectPath("/org/scx/Mitosis/cell/" + std::to_string(index_of(id)));
}

} // namespace mitosis::bus
