// SPDX-License-Identifier: GPL-2.0-only
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/ids.hpp"
#include "core/kernel_cell.hpp"
#include "core/manifest.hpp"
#include "core/resume.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace mitosis {
namespace {

using testing::ElementsAre;

constexpr std::uint32_t capacity = 4;

KernelCell kernel_cell(std::uint32_t id, std::uint64_t cgroup)
{
    return {.id = CellId{id}, .cgroup = CgroupId{cgroup}};
}

KernelCell retired_cell(std::uint32_t id)
{
    return {.id = CellId{id}, .cgroup = CgroupId{99}, .live = false};
}

/// Two cells: the root's, and id 2 of cgroup 22.
Manifest make_manifest()
{
    Manifest manifest{.generation = 3, .next_instance = 6};
    manifest.cells.resize(2);
    manifest.cells[0].path = "/";
    manifest.cells[1].id = CellId{2};
    manifest.cells[1].instance = 5;
    manifest.cells[1].cgroup = CgroupId{22};
    manifest.cells[1].path = "/a";
    manifest.applied.cells = {{.cell = root_cell, .primary = {0}, .borrowable = {}},
                              {.cell = CellId{2}, .primary = {1}, .borrowable = {}}};
    return manifest;
}

TEST(Resume, GoesOnWithCellsAssignmentAndGeneration)
{
    const Manifest manifest = make_manifest();
    const auto state =
        resume(manifest, std::vector{kernel_cell(0, 0), kernel_cell(2, 22)}, capacity, {});
    ASSERT_TRUE(state);
    EXPECT_EQ(state->cells.cells()[1], manifest.cells[1]);
    EXPECT_EQ(state->applied, manifest.applied);
    EXPECT_EQ(state->generation, 3U);
}

TEST(Resume, KeepsIdsThatAreNotDrainedFromBeingUsed)
{
    auto state =
        resume(make_manifest(), std::vector{kernel_cell(0, 0), retired_cell(1), kernel_cell(2, 22)},
               capacity, {});
    ASSERT_TRUE(state);
    EXPECT_THAT(state->cells.retired(), ElementsAre(CellId{1}));
    CgroupScan scan{.parent_present = true};
    scan.children = {{.id = CgroupId{22}, .path = "/a", .cpuset = {}},
                     {.id = CgroupId{33}, .path = "/b", .cpuset = {}}};
    const CellChanges changes = state->cells.reconcile(scan, {});
    ASSERT_EQ(changes.created.size(), 1U);
    EXPECT_EQ(changes.created[0].id, CellId{3});
    EXPECT_EQ(changes.created[0].instance, 6U);
    EXPECT_TRUE(changes.removed.empty());
}

TEST(Resume, IsNotPossibleWhereTheKernelHasOtherCells)
{
    const Manifest manifest = make_manifest();
    const std::vector<std::vector<KernelCell>> others{
        {},
        {kernel_cell(0, 0)},
        {kernel_cell(0, 0), retired_cell(2)},
        {kernel_cell(0, 0), kernel_cell(2, 23)},
        {kernel_cell(0, 0), kernel_cell(1, 22)},
        {kernel_cell(0, 0), kernel_cell(2, 22), kernel_cell(3, 33)},
    };
    for (const auto &kernel : others)
        EXPECT_FALSE(resume(manifest, kernel, capacity, {})) << kernel.size();
}

TEST(Resume, IsNotPossibleWithIdsBeyondTheCapacity)
{
    EXPECT_FALSE(
        resume(make_manifest(), std::vector{kernel_cell(0, 0), kernel_cell(2, 22)}, 2, {}));
}

} // namespace
} // namespace mitosis
