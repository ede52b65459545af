// SPDX-License-Identifier: GPL-2.0-only
// Tally: what happened since the service started, counted.
#pragma once

#include "core/event.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace mitosis {

struct Tally {
    /// How often CPUs moved between cells, by what caused it; a start moves none.
    std::array<std::uint64_t, all_triggers.size()> moves{};
    std::uint64_t held_back = 0; // requests to divide the CPUs again that moved nothing
    std::uint64_t drained = 0;   // ids of cells that are gone, whose queues were found empty
    friend bool operator==(const Tally &, const Tally &) = default;
};

[[nodiscard]] constexpr std::uint64_t &moves_for(Tally &tally, Trigger trigger)
{
    return tally.moves.at(static_cast<std::size_t>(trigger));
}

[[nodiscard]] constexpr std::uint64_t moves_for(const Tally &tally, Trigger trigger)
{
    return tally.moves.at(static_cast<std::size_t>(trigger));
}

/// Moves because of the load, or because somebody asked.
[[nodiscard]] constexpr std::uint64_t rebalances(const Tally &tally)
{
    return moves_for(tally, Trigger::automatic) + moves_for(tally, Trigger::dbus);
}

} // namespace mitosis
