// SPDX-License-Identifier: GPL-2.0-only
// Lending: who may use whose idle CPUs.
#pragma once

#include "core/assignment.hpp"
#include "core/division.hpp"
#include "core/topology.hpp"

#include <span>

namespace mitosis {

/// Sets `borrowable` and `lend` of every cell: a cell may borrow any CPU within its cpuset that is
/// not its own and whose owner lends, unless its policy forbids it to borrow; a pooled cell runs in
/// the root cell and borrows nothing by itself. `parties` are those of the assignment, by cell.
void add_lending(std::span<const Party> parties, const Topology &topology, Assignment &assignment);

} // namespace mitosis
