// SPDX-License-Identifier: GPL-2.0-only
#include "core/cell_table.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/shift.hpp"
#include "support/builders.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gtest/gtest.h>

#include <vector>

namespace mitosis {
namespace {

using test::at;
using test::cpus;
using test::entry;
using test::owners;
using test::scan;

TEST(Shifts, AreNoneBetweenEqualAssignments)
{
    EXPECT_TRUE(shifts(owners({{0, "0-3"}}), owners({{0, "0-3"}})).empty());
}

TEST(Shifts, NameWhatEachCellGainedAndLost)
{
    EXPECT_EQ(shifts(owners({{0, "0-3"}, {1, "4"}, {2, "5"}}),
                     owners({{0, "0-2,4"}, {1, "3"}, {2, "5"}})),
              (std::vector<CellShift>{{CellId{0}, cpus("4"), cpus("3")},
                                      {CellId{1}, cpus("3"), cpus("4")}}));
}

TEST(Shifts, CoverCellsThatCameAndWent)
{
    EXPECT_EQ(shifts(owners({{0, "0"}, {1, "1"}}), owners({{0, "0"}, {2, "1"}})),
              (std::vector<CellShift>{{CellId{1}, {}, cpus("1")}, {CellId{2}, cpus("1"), {}}}));
}

TEST(Shifts, LeaveOutACellThatComesWithoutACpu)
{
    EXPECT_TRUE(shifts(owners({{0, "0"}}), owners({{0, "0"}, {2, ""}})).empty());
}

TEST(Summary, NamesCellsByTheLastPartOfTheirPath)
{
    CellTable cells(4);
    cells.reconcile(scan({entry(7, "/work/db"), entry(8, "/work/web")}), at(0));
    EXPECT_EQ(summary(owners({{0, "0-3"}, {1, "4-5,7"}, {2, ""}}), cells),
              "[0: 0-3] [1(db): 4-5,7] [2(web): none]");
}

} // namespace
} // namespace mitosis
