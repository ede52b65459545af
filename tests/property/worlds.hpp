// SPDX-License-Identifier: GPL-2.0-only
// Random worlds: a machine, cells with or without cpusets, and what they owned before.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/topology.hpp"

#include <rapidcheck.h>

#include <cstddef>
#include <functional>
#include <ostream>
#include <vector>

namespace mitosis::test {

struct World {
    unsigned llcs = 1;
    unsigned cores_per_llc = 1;
    unsigned smt = 1;
    std::vector<Cell> cells; // by id, the root cell first
    Assignment previous;     // disjoint, else anything; of cells that may be gone
    [[nodiscard]] Topology machine() const;
};
/// How a world shows in a counter-example; rapidcheck finds it by its name.
void showValue(const World &world, std::ostream &out); // NOLINT(readability-identifier-naming)

/// The most that a world of a generator may have.
struct Extent {
    unsigned llcs = 4;
    unsigned cores_per_llc = 4;
    unsigned smt = 2;
    std::size_t cells = 12; // beside the root cell
};
/// Small enough to try every possible ownership.
inline constexpr Extent tiny{.llcs = 2, .cores_per_llc = 3, .smt = 1, .cells = 3};

[[nodiscard]] rc::Gen<World> worlds(Extent most = {});
[[nodiscard]] rc::Gen<World> worlds_without_cpusets();

/// Sets of CPUs of which some words are dense, some sparse, most empty.
[[nodiscard]] rc::Gen<CpuSet> cpu_sets();

/// Calls `visit` with the owner (index into the world's cells) of each online CPU, for every
/// division of the CPUs that the cpusets allow.
using Owners = std::vector<std::size_t>; // by position of the CPU among those online
void for_each_division(const World &world, const std::function<void(const Owners &)> &visit);

} // namespace mitosis::test
