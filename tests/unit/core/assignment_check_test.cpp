// SPDX-License-Identifier: GPL-2.0-only
#include "core/assignment.hpp"
#include "core/assignment_check.hpp"
#include "core/cell_table.hpp"
#include "core/ids.hpp"
#include "support/builders.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

using test::cell;
using test::cpus;
using test::owners;

/// On four CPUs, with the root cell and cell 1 restricted to CPUs 2-3 (and 9, which is offline).
std::optional<std::string> violation(const Assignment &assignment)
{
    const std::vector<Cell> cells{cell(0), cell(1).cpuset("2-3,9")};
    return first_violation(assignment, test::flat(4), cells);
}

Assignment pooling(Assignment assignment, std::vector<CellId> pooled)
{
    assignment.pooled = std::move(pooled);
    return assignment;
}

TEST(FirstViolation, IsNothingForASoundAssignment)
{
    EXPECT_EQ(violation(owners({{0, "0-1"}, {1, "2-3"}})), std::nullopt);
}

TEST(FirstViolation, AcceptsAPooledCellWithoutCpus)
{
    EXPECT_EQ(violation(pooling(owners({{0, "0-3"}, {1, ""}}), {CellId{1}})), std::nullopt);
}

TEST(FirstViolation, FindsCpusWithTwoOwnersOrNone)
{
    EXPECT_EQ(violation(owners({{0, "0-2"}, {1, "2-3"}})), "CPU 2 has two owners");
    EXPECT_EQ(violation(owners({{0, "0"}, {1, "2-3"}})), "CPU 1 has no owner");
}

TEST(FirstViolation, FindsWrongMembers)
{
    EXPECT_EQ(violation(owners({{0, "0-3"}})), "cell 1 is missing");
    EXPECT_EQ(violation(owners({{0, "0-1"}, {1, "2"}, {5, "3"}})), "cell 5 is not known");
    EXPECT_EQ(violation(owners({{1, "2-3"}, {0, "0-1"}})),
              "the cells are not in order, or one is listed twice");
    EXPECT_EQ(violation(owners({{0, "0-1"}, {0, "2-3"}})),
              "the cells are not in order, or one is listed twice");
}

TEST(FirstViolation, FindsCpusThatACellMustNotHave)
{
    EXPECT_EQ(violation(owners({{0, "0"}, {1, "1-3"}})), "cell 1 has CPUs 1 outside its cpuset");
    EXPECT_EQ(violation(owners({{0, "0-1"}, {1, "2-3,9"}})),
              "cell 1 has CPU 9, which is not online");
}

TEST(FirstViolation, FindsAnEmptyCellThatIsNotPooled)
{
    EXPECT_EQ(violation(owners({{0, "0-3"}, {1, ""}})), "cell 1 owns no CPU");
}

TEST(FirstViolation, FindsWronglyPooledCells)
{
    const Assignment sound = owners({{0, "0-1"}, {1, "2-3"}});
    EXPECT_EQ(violation(pooling(sound, {CellId{1}})), "cell 1 is pooled but owns CPUs");
    EXPECT_EQ(violation(pooling(sound, {root_cell})), "the root cell is pooled");
    EXPECT_EQ(violation(pooling(sound, {CellId{4}})), "cell 4 is pooled but not assigned");
    EXPECT_EQ(violation(pooling(sound, {CellId{1}, CellId{1}})),
              "the pooled cells are not in order, or one is listed twice");
}

TEST(FirstViolation, FindsWrongBorrowing)
{
    Assignment assignment = owners({{0, "0-1"}, {1, "2-3"}});
    assignment.cells[1].borrowable = cpus("3");
    EXPECT_EQ(violation(assignment), "cell 1 borrows from itself");
    assignment.cells[1].borrowable = cpus("0");
    EXPECT_EQ(violation(assignment), "cell 1 has CPUs 0 outside its cpuset");
}

} // namespace
} // namespace mitosis
