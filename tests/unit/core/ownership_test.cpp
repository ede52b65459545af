// SPDX-License-Identifier: GPL-2.0-only
#include "core/assignment.hpp"
#include "core/ids.hpp"
#include "core/ownership.hpp"
#include "support/builders.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gtest/gtest.h>

#include <optional>

namespace mitosis {
namespace {

using test::cpus;
using test::owners;
using test::ownership_of;

TEST(Drift, IsNoneWhereTheKernelDidAsItWasTold)
{
    const Assignment applied = owners({{0, "0-1"}, {2, "2-3,70"}});
    EXPECT_EQ(drift(applied, ownership_of(applied)), std::nullopt);
}

TEST(Drift, NamesTheFirstCpuAndAllThatDiffer)
{
    const Ownership kernel = ownership_of(owners({{0, "0-1,4"}, {2, "2-3"}}));
    EXPECT_EQ(drift(owners({{0, "0-3"}, {2, "4"}}), kernel),
              "CPU 2 is cell 2's in the kernel, but was made cell 0's (differing are 2-4)");
}

TEST(Drift, CountsCpusThatOnlyOneSideKnows)
{
    EXPECT_EQ(drift(owners({{0, "0-1"}}), ownership_of(owners({{0, "0"}}))),
              "CPU 1 is no cell's in the kernel, but was made cell 0's");
    EXPECT_EQ(drift(owners({{0, "0"}}), ownership_of(owners({{0, "0-1"}}))),
              "CPU 1 is cell 0's in the kernel, but was made no cell's");
}

TEST(Drift, IsNoneInACpuForTheRootCellWhoseOwnAreOffline)
{
    const Assignment applied = owners({{0, "0"}, {1, "1-3"}});
    Ownership kernel = ownership_of(applied);
    kernel.owners[3] = root_cell;
    kernel.online -= cpus("0");
    EXPECT_EQ(drift(applied, kernel), std::nullopt);
    kernel.online |= cpus("0");
    EXPECT_NE(drift(applied, kernel), std::nullopt);
}

TEST(Drift, IsFoundInAnyOtherCellThoughTheRootCellIsOffline)
{
    const Assignment applied = owners({{0, "0"}, {1, "1-2"}, {2, "3"}});
    Ownership kernel = ownership_of(applied);
    kernel.online -= cpus("0");
    kernel.owners[3] = CellId{1};
    EXPECT_EQ(drift(applied, kernel), "CPU 3 is cell 1's in the kernel, but was made cell 2's");
}

} // namespace
} // namespace mitosis
