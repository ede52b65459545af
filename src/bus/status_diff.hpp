// SPDX-License-Identifier: GPL-2.0-only
// What changed between two Views, as the names and objects that the bus has to signal. Pure. Only
// properties that are signalled at all appear: constants and counters never do.
#pragma once

#include "bus/view.hpp"
#include "core/ids.hpp"

#include <compare>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace mitosis::bus {

/// Properties of org.scx.Mitosis whose value differs, in the order of the XML.
[[nodiscard]] std::vector<std::string_view> changed_properties(const View &before, const View &now);

/// Properties of org.scx.Mitosis.Cell whose value differs; both must be the same instance.
[[nodiscard]] std::vector<std::string_view> changed_properties(const CellView &before,
                                                               const CellView &now);

/// Whether one of them must not wait for the next round: State, StateReason, LastExit.
[[nodiscard]] bool is_urgent(std::span<const std::string_view> properties);

/// A cell's object: its place on the bus and which cell it is.
struct CellKey {
    CellId id;
    std::uint64_t instance;
    friend auto operator<=>(const CellKey &, const CellKey &) = default;
};

/// Objects to take off and to put on the bus. A cell whose id was taken over by another instance is
/// in both; take off first.
struct CellObjectChanges {
    std::vector<CellId> removed; // by id
    std::vector<CellId> added;   // by id
};

/// Both sides sorted by id.
[[nodiscard]] CellObjectChanges cell_object_changes(std::span<const CellKey> before,
                                                    std::span<const CellKey> now);

} // namespace mitosis::bus
