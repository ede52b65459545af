// SPDX-License-Identifier: GPL-2.0-only
#include "core/assignment.hpp"
#include "core/assignment_check.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"
#include "support/builders.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace mitosis {
namespace {

using test::cell;
using test::cpus;
using test::flat;
using test::owners;
using test::root_and;
using test::split_siblings;
using test::topology;

/// CPUs that another cell than before owns.
CpuSet moved(const Assignment &from, const Assignment &to)
{
    CpuSet changed;
    for (const CellCpus &before : from.cells)
        if (const CellCpus *after = to.find(before.cell))
            changed |= before.primary - after->primary;
    return changed;
}

TEST(AssignEqually, GivesTheRootCellAllWhenItIsAlone)
{
    EXPECT_EQ(assign_equally(flat(4), root_and(0), {}), owners({{0, "0-3"}}));
}

TEST(AssignEqually, DividesByLlc)
{
    EXPECT_EQ(assign_equally(topology(2, 4, 1), root_and(1), {}), owners({{0, "0-3"}, {1, "4-7"}}));
}

TEST(AssignEqually, GivesOddCpusToTheLowestIds)
{
    EXPECT_EQ(assign_equally(flat(8), root_and(2), {}),
              owners({{0, "0-2"}, {1, "3-5"}, {2, "6-7"}}));
}

TEST(AssignEqually, KeepsCoresWholeWhereSiblingsAreNumberedApart)
{
    EXPECT_EQ(assign_equally(split_siblings(4), root_and(1), {}),
              owners({{0, "0-1,4-5"}, {1, "2-3,6-7"}}));
}

TEST(AssignEqually, SharesOneLlcWhenThereAreMoreCellsThanLlcs)
{
    const Assignment assignment = assign_equally(topology(2, 4, 2), root_and(2), {});
    EXPECT_EQ(assignment, owners({{0, "0-5"}, {1, "8-12"}, {2, "6-7,13-15"}}));
}

TEST(AssignEqually, LeavesEverythingInPlaceWhenNothingChanged)
{
    const Assignment before = owners({{0, "4-7"}, {1, "0-3"}});
    EXPECT_EQ(assign_equally(topology(2, 4, 1), root_and(1), before), before);
}

TEST(AssignEqually, LetsPresentHoldersKeepTheOddCpu)
{
    const Assignment before = owners({{0, "0-1"}, {1, "2-4"}});
    EXPECT_EQ(assign_equally(flat(5), root_and(1), before), before);
}

TEST(AssignEqually, TakesForANewCellFromThoseThatShrinkOnly)
{
    const Assignment before = owners({{0, "0-3"}, {1, "4-7"}});
    const Assignment after = assign_equally(topology(2, 4, 1), root_and(2), before);
    EXPECT_EQ(moved(before, after).count(), 2U);
    EXPECT_EQ(after, owners({{0, "0-2"}, {1, "4-6"}, {2, "3,7"}}));
}

TEST(AssignEqually, GivesUpWholeCoresAndTheLlcWithLeastOfTheCell)
{
    const Assignment before = owners({{0, "0-15"}});
    EXPECT_EQ(assign_equally(topology(2, 4, 2), root_and(1), before),
              owners({{0, "0-7"}, {1, "8-15"}}));
}

TEST(AssignEqually, ReturnsTheCpusOfARemovedCellToTheOthers)
{
    const Assignment before = owners({{0, "0-3"}, {1, "4-7"}, {2, "8-11"}});
    EXPECT_EQ(assign_equally(flat(12), std::vector<Cell>{cell(0), cell(2)}, before),
              owners({{0, "0-5"}, {2, "6-11"}}));
}

TEST(AssignEqually, TreatsACpusetAsAnUpperBound)
{
    const std::vector<Cell> cells{cell(0), cell(1).cpuset("0-1"), cell(2)};
    EXPECT_EQ(assign_equally(flat(8), cells, {}), owners({{0, "2-4"}, {1, "0-1"}, {2, "5-7"}}));
}

TEST(AssignEqually, KeepsTheRootCellOutOfPartitionsThatHaveACell)
{
    const std::vector<Cell> cells{cell(0).cpuset("0-5"), cell(1).cpuset("6-7"),
                                  cell(2).cpuset("0-5")};
    EXPECT_EQ(assign_equally(flat(8), cells, owners({{0, "4-7"}})),
              owners({{0, "0,4-5"}, {1, "6-7"}, {2, "1-3"}}));
}

TEST(AssignEqually, GivesTheRootCellWhatNobodyElseMayHave)
{
    const std::vector<Cell> cells{cell(0).cpuset("0-5"), cell(1).cpuset("0-3")};
    EXPECT_EQ(assign_equally(flat(8), cells, {}), owners({{0, "4-7"}, {1, "0-3"}}));
}

TEST(AssignEqually, LetsTheRootCellHaveAnyCpuWhenNoneOfItsCpusetIsOnline)
{
    const std::vector<Cell> cells{cell(0).cpuset("9"), cell(1)};
    EXPECT_EQ(assign_equally(flat(2), cells, {}), owners({{0, "0"}, {1, "1"}}));
}

TEST(AssignEqually, FindsTheOnlyCpuOfACellInsideAnothersCpuset)
{
    const std::vector<Cell> cells{cell(0), cell(1).cpuset("0-1"), cell(2).cpuset("0")};
    const Assignment assignment = assign_equally(flat(8), cells, {});
    EXPECT_EQ(assignment.find(CellId{2})->primary, cpus("0"));
    EXPECT_EQ(assignment.find(CellId{1})->primary, cpus("1"));
    EXPECT_TRUE(assignment.pooled.empty());
}

TEST(AssignEqually, ExchangesTheSurplusForTheOnlyCpuThatACellCanUse)
{
    const Assignment before = owners({{0, "0-3"}, {1, "4-6"}});
    const std::vector<Cell> cells{cell(0), cell(1), cell(2).cpuset("0")};
    EXPECT_EQ(assign_equally(flat(7), cells, before), owners({{0, "1-3"}, {1, "4-6"}, {2, "0"}}));
}

TEST(AssignEqually, LeavesTheRootCellACpuThoughCpusetsCoverAll)
{
    const std::vector<Cell> cells{cell(0), cell(1).cpuset("0-1"), cell(2).cpuset("2-3")};
    const Assignment assignment = assign_equally(flat(4), cells, {});
    EXPECT_EQ(first_violation(assignment, flat(4), cells), std::nullopt);
    EXPECT_FALSE(assignment.find(root_cell)->primary.empty());
}

TEST(AssignEqually, PoolsTheNewestCellsWhenCpusRunOut)
{
    const Assignment before = owners({{0, "0"}, {2, "1"}});
    const Assignment after =
        assign_equally(flat(2), std::vector<Cell>{cell(0), cell(1), cell(2)}, before);
    EXPECT_EQ(after.pooled, std::vector{CellId{1}});
    EXPECT_EQ(after.find(CellId{2})->primary, cpus("1"));
}

TEST(AssignEqually, PoolsACellWhoseCpusetIsOffline)
{
    const std::vector<Cell> cells{cell(0), cell(1).cpuset("100-103")};
    const Assignment assignment = assign_equally(flat(4), cells, {});
    EXPECT_EQ(assignment.pooled, std::vector{CellId{1}});
    EXPECT_EQ(assignment.find(root_cell)->primary, cpus("0-3"));
}

TEST(AssignEqually, ForgetsCpusThatWentOffline)
{
    const Assignment before = owners({{0, "0-3"}, {1, "4-7"}});
    EXPECT_EQ(assign_equally(flat(6), root_and(1), before), owners({{0, "0-2"}, {1, "3-5"}}));
}

TEST(AssignEqually, IsFastEnoughFor512CpusAnd256Cells)
{
    const Topology machine = topology(32, 8, 2);
    std::vector<Cell> cells = root_and(255);
    for (unsigned id = 1; id < 256; id += 2)
        cells[id] = cell(id).cpuset(std::to_string(id) + "-" + std::to_string(id + 9));
    const auto begin = std::chrono::steady_clock::now();
    const Assignment assignment = assign_equally(machine, cells, {});
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    EXPECT_EQ(first_violation(assignment, machine, cells), std::nullopt);
    EXPECT_TRUE(assignment.pooled.empty());
}

TEST(Assignment, FindsACellByItsId)
{
    const Assignment assignment = owners({{0, "0"}, {3, "1"}});
    EXPECT_EQ(assignment.find(CellId{3})->primary, cpus("1"));
    EXPECT_EQ(assignment.find(CellId{2}), nullptr);
    EXPECT_EQ(assignment.find(CellId{4}), nullptr);
}

} // namespace
} // namespace mitosis
