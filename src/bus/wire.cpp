// SPDX-License-Identifier: GPL-2.0-only
#include "bus/wire.hpp"

#include "bus/facts.hpp"
#include "core/cpu_set.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"

#include <sdbus-c++/Types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mitosis::bus {

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

WireDict to_wire(const ConfigMap &config)
{
    WireDict wire;
    for (const auto &[name, value] : config)
        std::visit([&](const auto &typed) { wire.emplace(name, sdbus::Variant(typed)); }, value);
    return wire;
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
