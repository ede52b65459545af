// SPDX-License-Identifier: GPL-2.0-only
#include "property/worlds.hpp"

#include "property/shapes.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "support/builders.hpp"
#include "support/print.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <vector>

namespace mitosis::test {
namespace {

using CpusetGen = rc::Gen<rc::Maybe<CpuSet>>;

CpuSet to_set(const std::vector<unsigned> &numbers)
{
    CpuSet set;
    for (const unsigned cpu : numbers)
        set.insert(cpu);
    return set;
}

CpuSet members(const std::vector<bool> &is_member)
{
    CpuSet set;
    for (unsigned cpu = 0; cpu < is_member.size(); ++cpu)
        if (is_member[cpu])
            set.insert(cpu);
    return set;
}

/// Nothing, or a set that may reach beyond the machine's CPUs, or be empty; a third of the CPUs on
/// average, so that cells compete for some and not for others.
CpusetGen cpusets(unsigned cpu_count)
{
    const auto bits = rc::gen::container<std::vector<bool>>(std::size_t{cpu_count} + 1,
                                                            rc::gen::element(true, false, false));
    return rc::gen::oneOf(rc::gen::just(rc::Maybe<CpuSet>()),
                          rc::gen::map(bits, [](const std::vector<bool> &is_member) {
                              return rc::Maybe<CpuSet>(members(is_member));
                          }));
}

std::vector<Cell> to_cells(const std::vector<rc::Maybe<CpuSet>> &cpusets)
{
    std::vector<Cell> cells{cell(0)};
    for (const auto &cpuset : cpusets) {
        cells.push_back(cell(static_cast<std::uint32_t>(cells.size())));
        if (cpuset)
            cells.back().cpuset = *cpuset;
    }
    return cells;
}

rc::Gen<std::vector<Cell>> cells_of(std::size_t most, const CpusetGen &cpuset)
{
    return rc::gen::mapcat(rc::gen::inRange(std::size_t{0}, most + 1), [=](std::size_t count) {
        return rc::gen::map(rc::gen::container<std::vector<rc::Maybe<CpuSet>>>(count, cpuset),
                            to_cells);
    });
}

Assignment owned_by(const std::vector<std::uint32_t> &owner_by_cpu)
{
    Assignment assignment;
    for (std::uint32_t id = 0; id <= std::ranges::max(owner_by_cpu); ++id)
        assignment.cells.push_back({.cell = CellId{id}, .primary = {}, .borrowable = {}});
    for (unsigned cpu = 0; cpu < owner_by_cpu.size(); ++cpu)
        assignment.cells[owner_by_cpu[cpu]].primary.insert(cpu);
    return assignment;
}

/// Any owners at all, however unequal, of which some may be gone; or nothing.
rc::Gen<Assignment> pasts(const Shape &shape, std::size_t most_cells)
{
    const auto owner = rc::gen::inRange(0U, static_cast<std::uint32_t>(most_cells) + 2);
    return rc::gen::oneOf(
        rc::gen::just(Assignment{}),
        rc::gen::map(rc::gen::container<std::vector<std::uint32_t>>(shape.cpu_count(), owner),
                     owned_by));
}

rc::Gen<Shape> regular_shapes(Extent most)
{
    return rc::gen::apply(regular, rc::gen::inRange(1U, most.llcs + 1),
                          rc::gen::inRange(1U, most.cores_per_llc + 1),
                          rc::gen::inRange(1U, most.smt + 1));
}

enum class Cpusets { none, some };

rc::Gen<World> worlds_on(const rc::Gen<Shape> &machines, std::size_t most_cells, Cpusets which)
{
    return rc::gen::mapcat(machines, [=](const Shape &shape) {
        const CpusetGen cpuset = which == Cpusets::some ? cpusets(shape.cpu_count())
                                                        : rc::gen::just(rc::Maybe<CpuSet>());
        return rc::gen::build<World>(rc::gen::set(&World::shape, rc::gen::just(shape)),
                                     rc::gen::set(&World::cells, cells_of(most_cells, cpuset)),
                                     rc::gen::set(&World::previous, pasts(shape, most_cells)));
    });
}

void divide(const World &world, const std::vector<unsigned> &online, Owners &owners,
            const std::function<void(const Owners &)> &visit)
{
    if (owners.size() == online.size()) {
        visit(owners);
        return;
    }
    const unsigned cpu = online[owners.size()];
    for (std::size_t index = 0; index < world.cells.size(); ++index) {
        const auto &cpuset = world.cells[index].cpuset;
        if (cpuset && !cpuset->contains(cpu))
            continue;
        owners.push_back(index);
        divide(world, online, owners, visit);
        owners.pop_back();
    }
}

} // namespace

void showValue(const World &world, std::ostream &out) // NOLINT(readability-identifier-naming)
{
    out << world.shape;
    for (const Cell &cell : world.cells) {
        out << "\n  ";
        PrintTo(cell, &out);
    }
    out << "\n  before: ";
    PrintTo(world.previous, &out);
}

rc::Gen<World> worlds(Extent most)
{
    return worlds_on(regular_shapes(most), most.cells, Cpusets::some);
}

rc::Gen<World> worlds_without_cpusets()
{
    constexpr Extent most{};
    return worlds_on(regular_shapes(most), most.cells, Cpusets::none);
}

rc::Gen<World> small_worlds()
{
    constexpr unsigned cpus = 8;
    constexpr std::size_t cells = 4;
    return worlds_on(shapes(cpus), cells, Cpusets::some);
}

rc::Gen<CpuSet> cpu_sets()
{
    const auto numbers = [](unsigned limit) {
        return rc::gen::map(rc::gen::container<std::vector<unsigned>>(rc::gen::inRange(0U, limit)),
                            to_set);
    };
    return rc::gen::oneOf(numbers(20), numbers(130), numbers(max_cpus));
}

void for_each_division(const World &world, const std::function<void(const Owners &)> &visit)
{
    const CpuSet online = world.machine().online();
    Owners owners;
    divide(world, {online.begin(), online.end()}, owners, visit);
}

} // namespace mitosis::test
