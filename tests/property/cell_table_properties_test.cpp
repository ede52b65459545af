// SPDX-License-Identifier: GPL-2.0-only
// A table that lives through random scans, releases and orders.
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/ids.hpp"
#include "support/builders.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::test {
namespace {

constexpr std::uint32_t capacity = 6;

/// One step of a life: which cgroups exist, in the order found, and whether queues ran empty.
struct Step {
    std::vector<std::uint64_t> cgroups;
    bool drained = false;
};
void showValue(const Step &step, std::ostream &out) // NOLINT(readability-identifier-naming)
{
    rc::show(std::pair(step.cgroups, step.drained), out);
}

std::vector<std::uint64_t> without_repeats(const std::vector<std::uint64_t> &ids)
{
    std::vector<std::uint64_t> once;
    for (const std::uint64_t id : ids)
        if (!std::ranges::contains(once, id))
            once.push_back(id);
    return once;
}

rc::Gen<std::vector<Step>> lives()
{
    const auto ids = rc::gen::map(rc::gen::container<std::vector<std::uint64_t>>(
                                      rc::gen::inRange(std::uint64_t{1}, std::uint64_t{12})),
                                  without_repeats);
    return rc::gen::container<std::vector<Step>>(
        rc::gen::build<Step>(rc::gen::set(&Step::cgroups, ids), rc::gen::set(&Step::drained)));
}

CgroupScan to_scan(const std::vector<std::uint64_t> &cgroups)
{
    CgroupScan found = scan({});
    for (const std::uint64_t id : cgroups)
        found.children.push_back(entry(id, "/" + std::to_string(id % 5) + std::to_string(id)));
    return found;
}

CellChanges take(CellTable &table, const Step &step)
{
    if (step.drained) {
        const std::vector<CellId> all(table.retired().begin(), table.retired().end());
        table.release(all);
    }
    return table.reconcile(to_scan(step.cgroups), at(0));
}

std::vector<Cell> cells_of(const CellTable &table)
{
    return {table.cells().begin(), table.cells().end()};
}

/// Runs `check(table, changes, step)` after each step of a random life.
void live(const std::function<void(const CellTable &, const CellChanges &, const Step &)> &check)
{
    CellTable table(capacity);
    for (const Step &step : *lives()) {
        const CellChanges changes = take(table, step);
        check(table, changes, step);
    }
}

RC_GTEST_PROP(CellTable, KeepsIdsSortedUniqueAndWithinItsCapacity, ())
{
    live([](const CellTable &table, const CellChanges &, const Step &) {
        std::vector<CellId> ids(table.retired().begin(), table.retired().end());
        for (const Cell &cell : table.cells())
            ids.push_back(cell.id);
        RC_ASSERT(std::ranges::is_sorted(table.cells(), std::less{}, &Cell::id));
        RC_ASSERT(std::set(ids.begin(), ids.end()).size() == ids.size());
        RC_ASSERT(std::ranges::all_of(ids, [](CellId id) { return index_of(id) < capacity; }));
    });
}

RC_GTEST_PROP(CellTable, HasACellOrARefusalForEveryCgroupFound, ())
{
    live([](const CellTable &table, const CellChanges &, const Step &step) {
        std::multiset<std::uint64_t> known;
        for (const Cell &cell : table.cells())
            known.insert(std::to_underlying(cell.cgroup));
        for (const std::uint64_t cgroup : step.cgroups)
            if (!table.has_cell(CgroupId{cgroup}))
                known.insert(cgroup);
        std::multiset<std::uint64_t> found(step.cgroups.begin(), step.cgroups.end());
        found.insert(0); // the root cell
        RC_ASSERT(known == found);
    });
}

RC_GTEST_PROP(CellTable, RefusesOnlyWhenNoIdIsFree, ())
{
    live([](const CellTable &table, const CellChanges &, const Step &step) {
        const bool is_full = table.cells().size() + table.retired().size() == capacity;
        const bool has_all = std::ranges::all_of(
            step.cgroups, [&](std::uint64_t cgroup) { return table.has_cell(CgroupId{cgroup}); });
        RC_ASSERT(has_all || is_full);
    });
}

RC_GTEST_PROP(CellTable, NeverGivesAnIdAwayThatIsRetired, ())
{
    CellTable table(capacity);
    for (const Step &step : *lives()) {
        const std::vector<CellId> retired(table.retired().begin(), table.retired().end());
        const CellChanges changes = take(table, step);
        for (const Cell &cell : changes.created)
            RC_ASSERT(step.drained || !std::ranges::contains(retired, cell.id));
        for (const Cell &cell : changes.created)
            RC_ASSERT(!std::ranges::contains(changes.removed, cell.id, &Cell::id));
    }
}

RC_GTEST_PROP(CellTable, NeverUsesAnInstanceTwice, ())
{
    std::set<std::uint64_t> used{0};
    live([&](const CellTable &, const CellChanges &changes, const Step &) {
        for (const Cell &cell : changes.created)
            RC_ASSERT(used.insert(cell.instance).second);
    });
}

RC_GTEST_PROP(CellTable, KeepsTheCellOfACgroupThatStays, ())
{
    CellTable table(capacity);
    for (const Step &step : *lives()) {
        const std::vector<Cell> before = cells_of(table);
        (void)take(table, step); // the table itself is looked at
        for (const Cell &cell : before)
            if (std::ranges::contains(step.cgroups, std::to_underlying(cell.cgroup)))
                RC_ASSERT(*table.find(cell.id) == cell);
    }
}

RC_GTEST_PROP(CellTable, DoesNotDependOnTheOrderOfTheScan, ())
{
    CellTable forth(capacity);
    CellTable back(capacity);
    for (Step step : *lives()) {
        (void)take(forth, step); // the tables themselves are compared
        std::ranges::reverse(step.cgroups);
        (void)take(back, step);
        RC_ASSERT(cells_of(forth) == cells_of(back));
    }
}

} // namespace
} // namespace mitosis::test
