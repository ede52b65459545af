// SPDX-License-Identifier: GPL-2.0-only
#include "core/rebalance.hpp"

#include "core/assignment.hpp"
#include "core/config.hpp"
#include "core/division.hpp"
#include "core/load.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <limits>

namespace mitosis {
namespace {

/// What a CPU must at least bring, in CPUs of share error, to be worth its cold caches.
constexpr double least_gain = 0.5;

/// A division that moved nothing is not tried again sooner: it costs more than a quiet tick.
constexpr std::chrono::milliseconds between_tries{1'000};

double error_of(const Assignment &assignment, const Division &division)
{
    double error = 0;
    for (std::size_t index = 0; index < division.quotas.size(); ++index) {
        const CellCpus *entry = assignment.find(division.assignment.cells[index].cell);
        const double share = entry != nullptr ? entry->primary.count() : 0;
        error += std::abs(share - division.quotas[index]);
    }
    return error / 2;
}

} // namespace

double spread_pct(const Loads &loads, const Assignment &applied)
{
    double least = std::numeric_limits<double>::infinity();
    double most = 0;
    for (const CellLoad &load : loads.cells()) {
        const CellCpus *entry = applied.find(load.cell);
        if (!load.measured || entry == nullptr || entry->primary.empty())
            continue;
        const double per_cpu = load.due / entry->primary.count();
        least = std::min(least, per_cpu);
        most = std::max(most, per_cpu);
    }
    constexpr double percent = 100;
    return most > least ? (most - least) * percent : 0;
}

bool is_rebalance_due(const Rebalancing &rule, const Loads &loads, const Assignment &applied,
                      const RebalanceClock &clock)
{
    if (clock.now - clock.moved < rule.cooldown)
        return false;
    if (clock.now - clock.considered <
        std::min<std::chrono::nanoseconds>(between_tries, rule.cooldown))
        return false;
    return spread_pct(loads, applied) >= rule.threshold;
}

bool repays(const Division &division, const Assignment &applied)
{
    const double gain = error_of(applied, division) - error_of(division.assignment, division);
    return gain >= least_gain * moved_cpus(applied, division.assignment) && gain > 0;
}

} // namespace mitosis
