// SPDX-License-Identifier: GPL-2.0-only
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/ids.hpp"
#include "support/builders.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace mitosis {
namespace {

using test::at;
using test::cpus;
using test::entry;
using test::scan;

CellTable table_of(const CgroupScan &found, std::uint32_t capacity = 8)
{
    CellTable table(capacity);
    table.reconcile(found, at(0));
    return table;
}

TEST(CellTable, HoldsTheRootCellFromTheStart)
{
    const CellTable table(1, at(5));
    ASSERT_EQ(table.cells().size(), 1U);
    EXPECT_EQ(table.cells()[0].id, root_cell);
    EXPECT_EQ(table.cells()[0].path, "/");
    EXPECT_EQ(table.cells()[0].created_at, at(5));
}

TEST(CellTable, TakesOverWhatPartitionsLeaveTheRootCell)
{
    CgroupScan found = scan({});
    CellTable table = table_of(found);
    found.root_cpuset = cpus("0-5");
    const CellChanges changes = table.reconcile(found, at(1));
    ASSERT_EQ(changes.cpuset_changed.size(), 1U);
    EXPECT_EQ(changes.cpuset_changed[0].id, root_cell);
    EXPECT_EQ(table.cells()[0].cpuset, cpus("0-5"));
    EXPECT_TRUE(table.reconcile(found, at(2)).empty());
}

TEST(CellTable, GivesIdsInOrderOfPath)
{
    const CellTable table = table_of(scan({entry(9, "/a"), entry(4, "/b")}));
    EXPECT_EQ(table.find(CellId{1})->cgroup, CgroupId{9});
    EXPECT_EQ(table.find(CellId{2})->cgroup, CgroupId{4});
}

TEST(CellTable, GivesTheSameIdsWhateverTheOrderOfTheScan)
{
    const CellTable forth = table_of(scan({entry(9, "/a"), entry(4, "/b"), entry(6, "/c")}));
    const CellTable back = table_of(scan({entry(6, "/c"), entry(4, "/b"), entry(9, "/a")}));
    EXPECT_EQ(std::vector<Cell>(forth.cells().begin(), forth.cells().end()),
              std::vector<Cell>(back.cells().begin(), back.cells().end()));
}

TEST(CellTable, ReportsACreatedCellWhole)
{
    CellTable table(8);
    const CellChanges changes = table.reconcile(scan({entry(7, "/web", "0-3")}), at(2));
    ASSERT_EQ(changes.created.size(), 1U);
    EXPECT_EQ(changes.created[0], (Cell{.id = CellId{1},
                                        .instance = 1,
                                        .cgroup = CgroupId{7},
                                        .path = "/web",
                                        .cpuset = cpus("0-3"),
                                        .created_at = at(2)}));
}

TEST(CellTable, ReportsNothingWhenNothingChanged)
{
    const CgroupScan found = scan({entry(7, "/web", "0-3")});
    CellTable table = table_of(found);
    EXPECT_TRUE(table.reconcile(found, at(1)).empty());
}

TEST(CellTable, FollowsTheWeightOfACgroup)
{
    CgroupScan found = scan({entry(7, "/web")});
    CellTable table = table_of(found);
    found.children[0].weight = 300;
    const CellChanges changes = table.reconcile(found, at(1));
    EXPECT_TRUE(changes.reweighted);
    EXPECT_FALSE(changes.empty());
    EXPECT_EQ(table.find(CellId{1})->weight, 300U);
    EXPECT_TRUE(table.reconcile(found, at(2)).empty());
}

TEST(CellTable, FollowsWhetherACgroupHasTasks)
{
    CgroupScan found = scan({entry(7, "/web")});
    CellTable table = table_of(found);
    found.children[0].populated = false;
    const CellChanges changes = table.reconcile(found, at(1));
    EXPECT_TRUE(changes.repopulated);
    EXPECT_FALSE(changes.empty());
    EXPECT_FALSE(table.find(CellId{1})->populated);
    EXPECT_TRUE(table.reconcile(found, at(2)).empty());
    found.children.push_back(entry(8, "/web2"));
    found.children.back().populated = false;
    table.reconcile(found, at(3));
    EXPECT_FALSE(table.find(CellId{2})->populated);
}

TEST(CellTable, RetiresTheIdOfARemovedCell)
{
    CellTable table = table_of(scan({entry(7, "/web")}));
    const CellChanges changes = table.reconcile(scan({}), at(1));
    ASSERT_EQ(changes.removed.size(), 1U);
    EXPECT_EQ(changes.removed[0].path, "/web");
    EXPECT_EQ(table.retired().size(), 1U);
    EXPECT_EQ(table.find(CellId{1}), nullptr);
}

TEST(CellTable, TakesACgroupMadeAgainUnderItsNameForAnother)
{
    CellTable table = table_of(scan({entry(7, "/web")}));
    const CellChanges changes = table.reconcile(scan({entry(8, "/web")}), at(1));
    ASSERT_EQ(changes.removed.size(), 1U);
    ASSERT_EQ(changes.created.size(), 1U);
    EXPECT_EQ(changes.created[0].id, CellId{2});
    EXPECT_NE(changes.created[0].instance, changes.removed[0].instance);
}

TEST(CellTable, UsesTheLowestFreeIdOnceItIsReleased)
{
    CellTable table = table_of(scan({entry(7, "/a"), entry(8, "/b"), entry(9, "/c")}));
    table.reconcile(scan({entry(8, "/b")}), at(1));
    table.release(std::array{CellId{1}, CellId{3}});
    const CellChanges changes = table.reconcile(scan({entry(8, "/b"), entry(5, "/d")}), at(2));
    ASSERT_EQ(changes.created.size(), 1U);
    EXPECT_EQ(changes.created[0].id, CellId{1});
    EXPECT_EQ(changes.created[0].instance, 4U);
}

TEST(CellTable, ReleasesOnlyWhatIsRetired)
{
    CellTable table = table_of(scan({entry(7, "/a")}));
    table.release(std::array{CellId{1}});
    EXPECT_NE(table.find(CellId{1}), nullptr);
    EXPECT_TRUE(table.retired().empty());
}

TEST(CellTable, RefusesWhatFindsNoId)
{
    CellTable table(2);
    const CellChanges changes = table.reconcile(scan({entry(8, "/b"), entry(7, "/a")}), at(0));
    ASSERT_EQ(changes.created.size(), 1U);
    EXPECT_EQ(changes.created[0].path, "/a");
    EXPECT_TRUE(table.has_cell(CgroupId{7}));
    EXPECT_FALSE(table.has_cell(CgroupId{8}));
}

TEST(CellTable, RefusesWhileTheOnlyOtherIdIsRetired)
{
    CellTable table = table_of(scan({entry(7, "/a")}), 2);
    table.reconcile(scan({entry(8, "/b")}), at(1));
    EXPECT_FALSE(table.has_cell(CgroupId{8}));
    EXPECT_TRUE(table.reconcile(scan({entry(8, "/b")}), at(2)).empty());
    table.release(std::array{CellId{1}});
    EXPECT_EQ(table.reconcile(scan({entry(8, "/b")}), at(3)).created.size(), 1U);
    EXPECT_TRUE(table.has_cell(CgroupId{8}));
}

TEST(CellTable, FollowsARenamedCgroupSilently)
{
    CellTable table = table_of(scan({entry(7, "/a")}));
    EXPECT_TRUE(table.reconcile(scan({entry(7, "/z")}), at(1)).empty());
    EXPECT_EQ(table.find(CellId{1})->path, "/z");
}

TEST(CellTable, ReportsAChangedCpusetAsItIsNow)
{
    CellTable table = table_of(scan({entry(7, "/a", "0-3")}));
    const CellChanges changes = table.reconcile(scan({entry(7, "/a")}), at(1));
    ASSERT_EQ(changes.cpuset_changed.size(), 1U);
    EXPECT_EQ(changes.cpuset_changed[0].cpuset, std::nullopt);
    EXPECT_EQ(table.find(CellId{1})->created_at, at(0));
}

TEST(CellTable, LeavesTheRootCellAloneWhateverIsFound)
{
    CellTable table = table_of(scan({entry(0, "/odd", "0")}));
    table.reconcile(scan({}), at(1));
    ASSERT_EQ(table.cells().size(), 1U);
    EXPECT_EQ(table.cells()[0].path, "/");
    EXPECT_EQ(table.cells()[0].cpuset, std::nullopt);
}

} // namespace
} // namespace mitosis
