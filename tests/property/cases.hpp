// SPDX-License-Identifier: GPL-2.0-only
// Cases: a world whose cells have demands and policies, to be divided.
#pragma once

#include "property/worlds.hpp"

#include "core/assignment.hpp"
#include "core/division.hpp"

#include <rapidcheck.h>

#include <ostream>
#include <vector>

namespace mitosis {

/// rapidcheck finds it by its name.
void showValue(const Party &party, std::ostream &out); // NOLINT(readability-identifier-naming)

} // namespace mitosis

namespace mitosis::test {

struct Case {
    World world;
    std::vector<Party> parties; // by cell
    [[nodiscard]] DivisionProblem problem() const
    {
        return {.parties = parties, .previous = world.previous, .borrowing = Borrowing::yes};
    }
    [[nodiscard]] Division divided() const { return divide(world.machine(), problem()); }
};

/// Draws one, with whatever a policy may say. Precondition: within a property.
[[nodiscard]] Case any_case(const rc::Gen<World> &worlds);

/// How many CPUs each cell has, by cell.
using Sizes = std::vector<unsigned>;
[[nodiscard]] Sizes sizes(const Assignment &assignment);

} // namespace mitosis::test
