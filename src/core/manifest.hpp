// SPDX-License-Identifier: GPL-2.0-only
// Manifest: what the service has to know of a scheduler in the kernel to go on with it after a
// restart. The scheduler itself, its queues and counters stay in the kernel; this is the rest.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/division.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis {

/// What the scheduler was made of, as fingerprints.
struct Identity {
    std::uint64_t object = 0;   // the BPF object
    std::uint64_t options = 0;  // the settings that it was loaded with
    std::uint64_t machine = 0;  // the topology that it was loaded for
    std::uint64_t settings = 0; // all the others, which may change while it runs
    friend bool operator==(const Identity &, const Identity &) = default;
};

struct Manifest {
    Identity identity{};
    std::uint64_t attached_realtime_us = 0;
    std::uint64_t attached_monotonic_us = 0;
    std::uint64_t generation = 0;
    std::uint64_t next_instance = 1; // of the next cell
    std::vector<Cell> cells{};       // by id, the root cell first
    Assignment applied{};            // what the kernel accepted last
    std::vector<Unmet> unmet{};      // claims that it leaves unmet
    friend bool operator==(const Manifest &, const Manifest &) = default;
};

[[nodiscard]] std::string encode(const Manifest &manifest);

/// Nothing for bytes that encode() of this version does not make, or for a manifest in which not
/// every cell has an id, a cgroup and an instance of its own, or not every CPU one owner.
[[nodiscard]] std::optional<Manifest> decode(std::string_view bytes);

/// In words, why a scheduler made of `kept` cannot go on where `wanted` is asked for; nothing where
/// it can. The settings that may change while it runs are no reason.
[[nodiscard]] std::optional<std::string_view> mismatch(const Identity &kept,
                                                       const Identity &wanted);

} // namespace mitosis
