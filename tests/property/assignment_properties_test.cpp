// SPDX-License-Identifier: GPL-2.0-only
#include "property/worlds.hpp"

#include "core/assignment.hpp"
#include "core/assignment_check.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"
#include "support/builders.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <vector>

namespace mitosis::test {
namespace {

Assignment assigned(const World &world)
{
    return assign_equally(world.machine(), world.cells, world.previous);
}

/// How many CPUs each cell has, the smallest first.
using Sizes = std::vector<std::size_t>;

Sizes sizes_by_cell(const Assignment &assignment)
{
    Sizes sizes;
    for (const CellCpus &entry : assignment.cells)
        sizes.push_back(entry.primary.count());
    return sizes;
}

Sizes sizes_by_cell(const Owners &owners, std::size_t cell_count)
{
    Sizes sizes(cell_count, 0);
    for (const std::size_t owner : owners)
        ++sizes[owner];
    return sizes;
}

Sizes ascending(Sizes sizes)
{
    std::ranges::sort(sizes);
    return sizes;
}

/// CPUs that are not with the cell that had them, of cells that still are there.
std::size_t moved(const World &world, const Assignment &after)
{
    std::size_t count = 0;
    for (const CellCpus &before : world.previous.cells)
        if (const CellCpus *entry = after.find(before.cell))
            count += (before.primary - entry->primary).count();
    return count;
}

Assignment to_assignment(const World &world, const Owners &owners)
{
    Assignment assignment;
    for (const Cell &cell : world.cells)
        assignment.cells.push_back({.cell = cell.id, .primary = {}, .borrowable = {}});
    const CpuSet online = world.machine().online();
    std::size_t position = 0;
    for (const unsigned cpu : online)
        assignment.cells[owners[position++]].primary.insert(cpu);
    return assignment;
}

RC_GTEST_PROP(AssignEqually, NeverBreaksAnInvariant, ())
{
    const World world = *worlds();
    RC_ASSERT(first_violation(assigned(world), world.machine(), world.cells) == std::nullopt);
}

RC_GTEST_PROP(AssignEqually, PoolsAsFewCellsAsAnyDivisionCould, ())
{
    const World world = *small_worlds();
    auto fewest = std::ssize(world.cells);
    for_each_division(world, [&](const Owners &owners) {
        const Sizes sizes = sizes_by_cell(owners, world.cells.size());
        if (sizes.front() > 0)
            fewest = std::min(fewest, std::ranges::count(sizes, std::size_t{0}));
    });
    RC_ASSERT(std::ssize(assigned(world).pooled) == fewest);
}

RC_GTEST_PROP(AssignEqually, IsAsEqualAsAnyDivisionCouldBe, ())
{
    const World world = *small_worlds();
    Sizes most_equal;
    for_each_division(world, [&](const Owners &owners) {
        const Sizes sizes = sizes_by_cell(owners, world.cells.size());
        if (sizes.front() > 0)
            most_equal = std::max(most_equal, ascending(sizes));
    });
    RC_ASSERT(ascending(sizes_by_cell(assigned(world))) == most_equal);
}

RC_GTEST_PROP(AssignEqually, MovesAsFewCpusAsItsSharesAllow, ())
{
    const World world = *small_worlds();
    const Assignment after = assigned(world);
    const Sizes sizes = sizes_by_cell(after);
    std::size_t fewest = max_cpus;
    for_each_division(world, [&](const Owners &owners) {
        if (sizes_by_cell(owners, world.cells.size()) == sizes)
            fewest = std::min(fewest, moved(world, to_assignment(world, owners)));
    });
    RC_ASSERT(moved(world, after) == fewest);
}

RC_GTEST_PROP(AssignEqually, GivesSizesThatDifferByOneWithoutCpusets, ())
{
    const World world = *worlds_without_cpusets();
    const Sizes sizes = ascending(sizes_by_cell(assigned(world)));
    RC_ASSERT(sizes.back() - sizes.front() <= 1U);
}

RC_GTEST_PROP(AssignEqually, DoesNotDependOnTheOrderOfCells, ())
{
    World world = *worlds();
    const Assignment expected = assigned(world);
    const auto keys = *rc::gen::container<std::vector<std::uint32_t>>(
        world.cells.size(), rc::gen::arbitrary<std::uint32_t>());
    std::ranges::sort(world.cells, {}, [&](const Cell &cell) { return keys[index_of(cell.id)]; });
    RC_ASSERT(assigned(world) == expected);
}

RC_GTEST_PROP(AssignEqually, GivesTheSameForTheSame, ())
{
    const World world = *worlds();
    RC_ASSERT(assigned(world) == assigned(world));
}

RC_GTEST_PROP(AssignEqually, ChangesNothingWhenAskedAgain, ())
{
    World world = *worlds();
    world.previous = assigned(world);
    RC_ASSERT(assigned(world) == world.previous);
}

RC_GTEST_PROP(AssignEqually, MovesNoMoreThanTheShareOfAnAddedCell, ())
{
    World world = *worlds_without_cpusets();
    world.previous = assigned(world);
    world.cells.push_back(cell(static_cast<std::uint32_t>(world.cells.size())));
    const Assignment after = assigned(world);
    RC_ASSERT(moved(world, after) == after.cells.back().primary.count());
}

RC_GTEST_PROP(AssignEqually, MovesNoneAwayFromTheCellsThatStayWhenOneGoes, ())
{
    World world = *worlds_without_cpusets();
    RC_PRE(world.cells.size() > 1U);
    world.previous = assigned(world);
    const auto going = *rc::gen::inRange(std::size_t{1}, world.cells.size());
    world.cells.erase(world.cells.begin() + static_cast<std::ptrdiff_t>(going));
    RC_ASSERT(moved(world, assigned(world)) == 0U);
}

} // namespace
} // namespace mitosis::test
