// SPDX-License-Identifier: GPL-2.0-only
// Plain values in the types the bus carries.
#pragma once

#include "bus/facts.hpp"
#include "core/activity.hpp"
#include "core/cell_policy.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/event.hpp"
#include "core/event_tail.hpp"
#include "core/ids.hpp"
#include "core/ownership.hpp"
#include "core/tally.hpp"

#include <sdbus-c++/Types.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::bus {

using WireShift =
    sdbus::Struct<std::uint32_t, std::vector<std::uint32_t>, std::vector<std::uint32_t>>;
using WireOwners = std::vector<sdbus::Struct<std::uint32_t, std::vector<std::uint32_t>>>;
using WireEvent = sdbus::Struct<std::uint64_t, std::string, std::uint32_t, std::uint64_t,
                                std::uint32_t, std::uint32_t>;
using WireDict = std::map<std::string, sdbus::Variant>;
using WireRules = std::map<std::string, WireDict>;

[[nodiscard]] std::vector<std::uint32_t> to_wire(const CpuSet &cpus);
[[nodiscard]] std::vector<WireShift> to_wire(std::span<const CellShift> shifts);
/// The CPUs of each cell that has any, by id.
[[nodiscard]] WireOwners to_wire(const Ownership &ownership);
[[nodiscard]] WireDict to_wire(const ConfigMap &config);
[[nodiscard]] std::vector<WireEvent> to_wire(const EventTail &tail);

/// By the names that the keys of a plan have; those that are not set are left out.
[[nodiscard]] WireDict to_wire(const Party &party);

/// What each rule says, by pattern and by the names of the keys that say it.
[[nodiscard]] WireRules to_wire(std::span<const CellRule> rules);

/// All ratios, by their names on the bus.
[[nodiscard]] std::map<std::string, double> to_wire(const Activity &activity);

/// How often CPUs changed their owner, by trigger.
[[nodiscard]] std::map<std::string, std::uint64_t> to_wire(const Tally &tally);

[[nodiscard]] std::vector<sdbus::PropertyName>
to_property_names(std::span<const std::string_view> names);

/// /org/scx/Mitosis/cell/<Id>
[[nodiscard]] sdbus::ObjectPath to_object_path(CellId id);

} // namespace mitosis::bus
