// SPDX-License-Identifier: GPL-2.0-only
#include "core/redivide.hpp"

#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/decide.hpp"
#include "core/division.hpp"
#include "core/load.hpp"
#include "core/rebalance.hpp"
#include "core/topology.hpp"

#include <optional>
#include <utility>

namespace mitosis {
namespace {

DivisionProblem problem_of(const Config &config, const KnownState &state, Demands demands)
{
    DivisionProblem problem{.parties = {},
                            .previous = state.applied,
                            .borrowing =
                                config.features.borrowing ? Borrowing::yes : Borrowing::no};
    for (const Cell &cell : state.cells.cells()) {
        const CellLoad *load = state.loads.find(cell.id);
        const bool is_its_own = load != nullptr && load->instance == cell.instance;
        problem.parties.push_back(party_of(config, cell, is_its_own ? load : nullptr, demands));
    }
    return problem;
}

/// The root cell is as old as the start.
Clock::time_point or_start(const std::optional<Clock::time_point> &when, const KnownState &state)
{
    return when.value_or(state.cells.cells().front().created_at);
}

} // namespace

bool may_rebalance(const Config &config, const KnownState &state, Clock::time_point now)
{
    return config.rebalancing.enabled && state.generation > 0 &&
           is_rebalance_due(config.rebalancing, state.loads, state.applied,
                            {.now = now,
                             .moved = or_start(state.rebalanced_at, state),
                             .considered = or_start(state.considered_at, state)});
}

Redivision follow_demands(const Config &config, const Topology &topology, const KnownState &state)
{
    return {.division = divide(topology, problem_of(config, state, Demands::latest)),
            .demands = Demands::latest};
}

Redivision keep_demands(const Config &config, const Topology &topology, const KnownState &state,
                        Clock::time_point now)
{
    Division kept = divide(topology, problem_of(config, state, Demands::divided));
    const Clock::time_point followed = or_start(state.followed_at, state);
    const bool may_follow =
        config.rebalancing.enabled &&
        is_rebalance_due(config.rebalancing, state.loads, state.applied,
                         {.now = now, .moved = followed, .considered = followed});
    if (may_follow)
        if (auto latest = follow_demands(config, topology, state);
            repays(latest.division, kept.assignment))
            return latest;
    return {.division = std::move(kept), .demands = Demands::divided};
}

} // namespace mitosis
