// SPDX-License-Identifier: GPL-2.0-only
// Simulation: a machine of 16 CPUs in two LLCs whose cells use what they demand as far as their
// CPUs go, under decide() or under upstream's rule, tick by tick.
#pragma once

#include "simulation/loads.hpp"

#include <string>
#include <vector>

namespace mitosis::test {

inline constexpr unsigned simulated_cpus = 16;

enum class Rule { ours, upstream };

struct Outcome {
    double settling_s = 0; // from the last change of demand until shares stay within one CPU of due
    double overshoot = 0;  // CPUs that the growing cell had at most beyond its last due
    unsigned moved = 0;    // CPUs that changed hands between living cells
    unsigned least = 0;    // what going straight from each due to the next would move
    unsigned moved_late = 0;      // of `moved`, in the last third of the time
    double share_error = 0;       // mean part of the machine that sits with the wrong cell
    double starved = 0;           // mean CPUs that cells demanded and did not have
    double loss = 0;              // CPU-seconds starved, and those that moving costs
    unsigned rebalances = 0;      // times that CPUs moved
    std::vector<unsigned> series; // CPUs of cell 1, every five seconds
};

[[nodiscard]] Outcome simulate(const Scenario &scenario, double tick_s, Rule rule);
[[nodiscard]] std::string to_line(const Outcome &outcome);

} // namespace mitosis::test
