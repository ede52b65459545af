// SPDX-License-Identifier: GPL-2.0-only
// That no division is better than the one of divide(), by trying all of them on small machines.
#include "property/cases.hpp"
#include "property/worlds.hpp"

#include "core/assignment.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "core/splits.hpp"
#include "core/topology.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <tuple>
#include <vector>

namespace mitosis::test {
namespace {

using Counts = std::array<unsigned, 5>; // by cell

/// How well a division meets the goals that come before placement, in their order.
struct Merit {
    int populated = 0;        // cells with tasks that have a CPU
    std::array<int, 9> met{}; // by n: cells that need n CPUs at least and have them
    int within = 0;           // CPUs that do not exceed their cell's maximum
    Counts needs{};           // by cell: what it has of the CPUs that it needs at least
    double distance = 0;      // of cells with a CPU from their quotas; less is better
    Counts shares{};
    int stayed = 0; // CPUs that their cell keeps
};

bool is_better(const Merit &a, const Merit &b)
{
    constexpr double same = 1e-6;
    if (a.populated != b.populated)
        return a.populated > b.populated;
    if (a.met != b.met)
        return a.met > b.met;
    if (a.within != b.within)
        return a.within > b.within;
    if (a.shares == b.shares)
        return a.stayed > b.stayed;
    if (a.needs != b.needs || a.distance > b.distance + same)
        return false; // which of several minima shall be met is a matter of taste
    return a.distance < b.distance - same || a.stayed > b.stayed;
}

class Judge {
public:
    Judge(const Case &drawn, const std::vector<double> &quotas)
        : parties_(drawn.parties), quotas_(quotas)
    {
        for (const CellCpus &entry : drawn.world.previous.cells)
            for (const unsigned cpu : entry.primary) {
                before_.resize(std::max<std::size_t>(before_.size(), std::size_t{cpu} + 1));
                before_[cpu] = index_of(entry.cell);
            }
    }

    /// The root cell has a CPU, and nobody else has more than its maximum.
    [[nodiscard]] bool is_legal(const Owners &owners) const
    {
        const auto counts = counts_of(owners);
        for (std::size_t cell = 1; cell < parties_.size(); ++cell)
            if (counts.at(cell) > maximum(cell))
                return false;
        return counts.front() > 0;
    }

    [[nodiscard]] Merit merit(const Owners &owners) const
    {
        const auto counts = counts_of(owners);
        Merit merit{.shares = counts};
        for (std::size_t cell = 0; cell < parties_.size(); ++cell) {
            const unsigned share = counts.at(cell);
            const unsigned needed = std::max(1U, parties_[cell].policy.min_cpus);
            for (unsigned count = 1; count <= std::min(share, needed); ++count)
                ++merit.met.at(count);
            merit.populated += int{share > 0 && parties_[cell].populated};
            merit.needs.at(cell) = std::min(share, needed);
            merit.within += static_cast<int>(std::min(share, maximum(cell)));
            if (share > 0)
                merit.distance += (share - quotas_[cell]) * (share - quotas_[cell]) / quotas_[cell];
        }
        for (std::size_t cpu = 0; cpu < owners.size() && cpu < before_.size(); ++cpu)
            merit.stayed += int{before_[cpu] == owners[cpu]};
        return merit;
    }

private:
    static Counts counts_of(const Owners &owners)
    {
        Counts counts{};
        for (const std::size_t owner : owners)
            ++counts.at(owner);
        return counts;
    }
    [[nodiscard]] unsigned maximum(std::size_t cell) const
    {
        return parties_[cell].policy.max_cpus.value_or(max_cpus);
    }

    const std::vector<Party> &parties_;
    const std::vector<double> &quotas_;
    std::vector<std::size_t> before_; // owner by CPU, empty without a past
};

Owners owners_of(const Assignment &assignment)
{
    Owners owners;
    for (const CellCpus &entry : assignment.cells)
        for (const unsigned cpu : entry.primary) {
            owners.resize(std::max<std::size_t>(owners.size(), std::size_t{cpu} + 1));
            owners[cpu] = index_of(entry.cell);
        }
    return owners;
}

/// Minima level by level, then maxima, then quotas, then CPUs that stay.
RC_GTEST_PROP(Divide, MeetsItsGoalsAsWellAsAnyDivisionCould, ())
{
    const Case drawn = any_case(small_worlds());
    const Division division = drawn.divided();
    const Judge judge(drawn, division.quotas);
    const Owners ours = owners_of(division.assignment);
    RC_ASSERT(judge.is_legal(ours));
    std::optional<Owners> better;
    for_each_division(drawn.world, [&, merit = judge.merit(ours)](const Owners &theirs) {
        if (!better && judge.is_legal(theirs) && is_better(judge.merit(theirs), merit))
            better = theirs;
    });
    if (better)
        RC_ASSERT(ours == *better);
}

std::vector<CpuSet> sets_of(const Owners &owners)
{
    std::vector<CpuSet> sets(std::tuple_size_v<Counts>);
    for (std::size_t cpu = 0; cpu < owners.size(); ++cpu)
        sets[owners[cpu]].insert(static_cast<unsigned>(cpu));
    return sets;
}

std::vector<unsigned> counts_of(const std::vector<CpuSet> &sets)
{
    std::vector<unsigned> counts;
    for (const CpuSet &set : sets)
        counts.push_back(set.count());
    return counts;
}

/// CPUs that somebody has whom they did not belong to.
unsigned moved_to(const std::vector<CpuSet> &sets, const Assignment &previous)
{
    unsigned moved = 0;
    for (std::size_t cell = 0; cell < sets.size(); ++cell) {
        CpuSet come = sets[cell];
        for (const CellCpus &entry : previous.cells)
            if (index_of(entry.cell) == cell)
                come -= entry.primary;
        moved += come.count();
    }
    return moved;
}

/// Of the divisions with the same shares none moves as few CPUs and has fewer splits.
RC_GTEST_PROP(Divide, SplitsAsLittleAsAnyDivisionCould, ())
{
    const World world = *small_worlds();
    const Topology machine = world.machine();
    const auto ours = sets_of(owners_of(assign_equally(machine, world.cells, world.previous)));
    const auto counts = counts_of(ours);
    const unsigned moved = moved_to(ours, world.previous);
    const Splits least = splits_of(machine, ours);
    std::optional<std::vector<CpuSet>> better;
    for_each_division(world, [&](const Owners &owners) {
        if (better)
            return;
        const auto theirs = sets_of(owners);
        if (counts_of(theirs) == counts && moved_to(theirs, world.previous) <= moved &&
            splits_of(machine, theirs) < least)
            better = theirs;
    });
    if (better)
        RC_ASSERT(ours == *better);
}

} // namespace
} // namespace mitosis::test
