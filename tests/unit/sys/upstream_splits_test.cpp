// SPDX-License-Identifier: GPL-2.0-only
// Where CPUs of a cell lie and how many move, ours and upstream's, for the very sizes that
// upstream's rule makes, on every machine of the test data: from nothing, and from one division to
// the next.
#include "core/assignment.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "core/splits.hpp"
#include "core/topology.hpp"
#include "support/builders.hpp"
#include "support/machines.hpp"
#include "support/print.hpp" // IWYU pragma: keep
#include "support/upstream_rule.hpp"
#include "sys/hwloc_topology.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::sys {
namespace {

using Weights = std::map<CellId, double>;

constexpr std::uint32_t most_cells = 12; // beside the root cell

/// The one of the test data that has this name.
Topology machine_of(const std::string &name)
{
    const auto *const known = std::ranges::find(test::machines, name, &test::Machine::name);
    return known != test::machines.end()
               ? topology_from_synthetic(std::string(known->synthetic)).value()
               : topology_from_xml(std::string(TEST_DATA) + "/topologies/" + name + ".xml").value();
}

std::vector<std::string> all_names()
{
    std::vector<std::string> names{"hybrid-desktop", "gaps"};
    for (const test::Machine &machine : test::machines)
        names.emplace_back(machine.name);
    return names;
}

/// Some cells weigh much more than others, and which ones depends on the turn.
Weights uneven(std::uint32_t cells, std::uint32_t turn)
{
    Weights weights;
    for (std::uint32_t cell = 0; cell <= cells; ++cell)
        weights[CellId{cell}] = 1 + (cell * 5 + turn * 3) % 7;
    return weights;
}

/// How ours divides the machine into the sizes of another division.
Assignment divide_alike(const Topology &machine, const Assignment &other, Assignment previous)
{
    DivisionProblem problem{.parties = {}, .previous = std::move(previous)};
    for (const CellCpus &entry : other.cells) {
        Party party{.cell = entry.cell, .cpuset = {}};
        if (entry.cell != root_cell) { // which has the rest
            party.policy.min_cpus = entry.primary.count();
            party.policy.max_cpus = entry.primary.count();
        }
        problem.parties.push_back(party);
    }
    return divide(machine, problem).assignment;
}

std::vector<unsigned> sizes_of(const Assignment &assignment)
{
    std::vector<unsigned> sizes;
    for (const CellCpus &entry : assignment.cells)
        sizes.push_back(entry.primary.count());
    return sizes;
}

/// What cells that shrink have to lose.
unsigned given_away(const Assignment &before, const Assignment &after)
{
    unsigned cpus = 0;
    for (const CellCpus &entry : before.cells) {
        const unsigned now = after.find(entry.cell)->primary.count();
        cpus += entry.primary.count() - std::min(now, entry.primary.count());
    }
    return cpus;
}

class AnyMachine : public testing::TestWithParam<std::string> {
protected:
    [[nodiscard]] Assignment theirs(std::uint32_t cells,
                                    const std::optional<Weights> &weights) const
    {
        return test::upstream_division(machine_.online(), test::root_and(cells), weights).value();
    }
    [[nodiscard]] std::uint32_t cells_at_most() const
    {
        return std::min(most_cells, machine_.online().count() - 1);
    }

    Topology machine_ = machine_of(GetParam());
};

TEST_P(AnyMachine, HasNoMoreSplitsThanUpstreamsForTheSameSizes)
{
    for (std::uint32_t cells = 1; cells <= cells_at_most(); ++cells)
        for (std::uint32_t turn = 0; turn <= 3; ++turn) {
            const Assignment upstream =
                theirs(cells, turn == 0 ? std::nullopt : std::optional(uneven(cells, turn)));
            const Assignment ours = divide_alike(machine_, upstream, {});
            ASSERT_EQ(sizes_of(ours), sizes_of(upstream));
            EXPECT_LE(splits_of(machine_, ours), splits_of(machine_, upstream))
                << cells << " cells, turn " << turn;
        }
}

/// Cells come one by one, and their sizes change in between. Upstream's rule divides anew each
/// time.
TEST_P(AnyMachine, MovesOnlyWhatSizesAskFor)
{
    Assignment ours;
    Assignment upstream;
    unsigned moved = 0;
    unsigned moved_upstream = 0;
    unsigned split = 0;
    unsigned split_upstream = 0;
    for (std::uint32_t turn = 0; turn < 3 * cells_at_most(); ++turn) {
        const std::uint32_t cells = 1 + turn / 3;
        const Assignment next_upstream = theirs(cells, uneven(cells, turn));
        const Assignment next = divide_alike(machine_, next_upstream, ours);
        EXPECT_EQ(moved_cpus(ours, next), given_away(ours, next)) << "turn " << turn;
        moved += moved_cpus(ours, next);
        moved_upstream += moved_cpus(upstream, next_upstream);
        split += splits_of(machine_, next).llcs;
        split_upstream += splits_of(machine_, next_upstream).llcs;
        ours = next;
        upstream = next_upstream;
    }
    std::cout << "moved " << moved << ", upstream " << moved_upstream
              << "; LLC splits, summed over "
              << "the divisions, " << split << ", upstream " << split_upstream << "\n";
    EXPECT_LE(5 * moved, 4 * moved_upstream);
    EXPECT_LE(3 * split, 4 * split_upstream); // staying where one is comes first
}

INSTANTIATE_TEST_SUITE_P(Machines, AnyMachine, testing::ValuesIn(all_names()),
                         [](const auto &machine) {
                             std::string name = machine.param;
                             std::erase(name, '-');
                             return name;
                         });

} // namespace
} // namespace mitosis::sys
