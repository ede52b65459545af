// SPDX-License-Identifier: GPL-2.0-only
// That CPUs of a cell lie as close together as upstream's rule puts them, or closer.
#include "property/cases.hpp"
#include "property/shapes.hpp"
#include "property/worlds.hpp"

#include "core/assignment.hpp"
#include "core/division.hpp"
#include "core/splits.hpp"
#include "core/topology.hpp"
#include "support/builders.hpp"
#include "support/print.hpp" // IWYU pragma: keep
#include "support/upstream_rule.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <optional>
#include <ostream>

namespace mitosis {

/// rapidcheck and gtest find it by its name.
std::ostream &operator<<(std::ostream &out, const Splits &splits)
{
    return out << splits.llcs << " LLC, " << splits.nodes << " node, " << splits.cores
               << " core splits";
}

} // namespace mitosis

namespace mitosis::test {
namespace {

/// What both rules make of the cells, where they agree on shares and move as many CPUs.
struct Comparison {
    Splits ours;
    Splits theirs;
};
std::optional<Comparison> compare(const World &world)
{
    const Topology machine = world.machine();
    const auto theirs = upstream_division(machine.online(), world.cells, std::nullopt);
    const Assignment ours = assign_equally(machine, world.cells, world.previous);
    if (!theirs || sizes(*theirs) != sizes(ours) ||
        moved_cpus(world.previous, *theirs) != moved_cpus(world.previous, ours))
        return std::nullopt;
    return Comparison{.ours = splits_of(machine, ours), .theirs = splits_of(machine, *theirs)};
}

void expect_no_more_splits(const World &world)
{
    const auto found = compare(world);
    RC_PRE(found.has_value());
    RC_ASSERT(found->ours <= found->theirs);
}

RC_GTEST_PROP(Divide, SplitsNoMoreThanUpstreamForTheSameShares, ())
{
    World world = *worlds({.llcs = 4, .cores_per_llc = 4, .smt = 2, .cells = 4});
    world.previous = {};
    expect_no_more_splits(world);
}

RC_GTEST_PROP(Divide, SplitsNoMoreThanUpstreamOnUnevenMachines, ())
{
    World world = *small_worlds();
    world.previous = {};
    expect_no_more_splits(world);
}

RC_GTEST_PROP(Divide, SplitsNoMoreThanUpstreamForTheSameSharesAndMoves, ())
{
    expect_no_more_splits(*small_worlds());
}

TEST(Divide, SplitsNoMoreThanUpstreamOnAnyMachineOfUpToEightCpus)
{
    constexpr unsigned most_cpus = 8;
    constexpr std::uint32_t most_cells = 4;
    int compared = 0;
    for (Shape shape : all_shapes(most_cpus))
        for (const Numbering numbering :
             {Numbering::core_by_core, Numbering::thread_by_thread, Numbering::in_turn})
            for (std::uint32_t count = 0; count <= most_cells; ++count) {
                shape.numbering = numbering;
                const auto found =
                    compare({.shape = shape, .cells = root_and(count), .previous = {}});
                compared += found ? 1 : 0;
                if (found && found->ours > found->theirs)
                    FAIL() << shape << ", " << count << " cells: " << found->ours << ", upstream "
                           << found->theirs;
            }
    EXPECT_GT(compared, 0);
}

} // namespace
} // namespace mitosis::test
