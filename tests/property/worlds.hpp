// SPDX-License-Identifier: GPL-2.0-only
// Random worlds: a machine, cells with or without cpusets, and what they owned before.
#pragma once

#include "property/shapes.hpp"

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
    Shape shape;
    std::vector<Cell> cells; // by id, the root cell first
    Assignment previous;     // disjoint, else anything; of cells that may be gone
    [[nodiscard]] Topology machine() const { return shape.machine(); }
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
/// Regular machines.
[[nodiscard]] rc::Gen<World> worlds(Extent most = {});
[[nodiscard]] rc::Gen<World> worlds_without_cpusets();

/// Any machine of up to 8 CPUs with up to 4 cells beside the root cell: small enough to try every
/// possible ownership.
[[nodiscard]] rc::Gen<World> small_worlds();

/// Sets of CPUs of which some words are dense, some sparse, most empty.
[[nodiscard]] rc::Gen<CpuSet> cpu_sets();

/// Calls `visit` with the owner (index into the world's cells) of each online CPU, for every
/// division of the CPUs that the cpusets allow.
using Owners = std::vector<std::size_t>; // by position of the CPU among those online
void for_each_division(const World &world, const std::function<void(const Owners &)> &visit);

} // namespace mitosis::test
