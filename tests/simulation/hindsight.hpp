// SPDX-License-Identifier: GPL-2.0-only
// Hindsight: the best that any rule could have done with a load, had it known all of it beforehand.
#pragma once

#include "simulation/loads.hpp"

namespace mitosis::test {

/// What is lost where a CPU moves, in CPU-seconds: far more than filling its caches takes.
inline constexpr double loss_of_a_move = 1;

struct Loss {
    double cpu_s = 0;   // wanted and not had, and lost by moving
    unsigned moved = 0; // CPUs
};

/// The least loss of all courses that the sizes of the cells could take on the simulated machine,
/// by dynamic programming; with the fewest moves of those. Begins with whatever sizes are best.
/// Precondition: the same cells are there all the time.
[[nodiscard]] Loss least_loss(const Scenario &scenario, double tick_s);

} // namespace mitosis::test
