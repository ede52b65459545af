// SPDX-License-Identifier: GPL-2.0-only
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/splits.hpp"
#include "core/topology.hpp"
#include "support/builders.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace mitosis {
namespace {

using test::cpus;

TEST(SplitsOf, AreNoneWhereEveryOwnerHasAnLlcOfItsOwn)
{
    const std::vector<CpuSet> owned{cpus("0-3"), cpus("4-7")};
    EXPECT_EQ(splits_of(test::topology(2, 2, 2), owned), Splits{});
}

TEST(SplitsOf, CountTheLlcsAndTheCoresThatOwnersShare)
{
    // The first reaches into the second LLC, and into one of its cores, 4 and 5.
    const std::vector<CpuSet> beyond{cpus("0-4"), cpus("5-7")};
    EXPECT_EQ(splits_of(test::topology(2, 2, 2), beyond), (Splits{.llcs = 1, .cores = 1}));
    const std::vector<CpuSet> every_other{cpus("0,2,4,6"), cpus("1,3,5,7")};
    EXPECT_EQ(splits_of(test::topology(2, 2, 2), every_other), (Splits{.llcs = 2, .cores = 4}));
}

TEST(SplitsOf, CountTheOwnersOfACoreBeyondTheFirst)
{
    const std::vector<CpuSet> four{cpus("0"), cpus("1"), cpus("2"), cpus("3")};
    EXPECT_EQ(splits_of(test::topology(1, 1, 4), four), (Splits{.cores = 3}));
}

TEST(SplitsOf, CountTheNodes)
{
    const std::array<CpuPlace, 4> places{{{.cpu = 0, .core = 0, .llc = 0, .node = 0},
                                          {.cpu = 1, .core = 1, .llc = 1, .node = 0},
                                          {.cpu = 2, .core = 2, .llc = 2, .node = 1},
                                          {.cpu = 3, .core = 3, .llc = 3, .node = 1}}};
    const auto machine = Topology::from_places(places);
    const std::vector<CpuSet> owned{cpus("0-2"), cpus("3")};
    EXPECT_EQ(splits_of(*machine, owned), (Splits{.llcs = 2, .nodes = 1}));
}

TEST(ShareError, IsThePartOfTheCpusThatWouldHaveToChangeHands)
{
    const auto assignment = test::owners({{0, "0-3"}, {1, "4-7"}});
    EXPECT_EQ(share_error(assignment, std::array{4.0, 4.0}), 0.0);
    EXPECT_EQ(share_error(assignment, std::array{2.0, 6.0}), 0.25);
    EXPECT_EQ(share_error(assignment, std::array{3.5, 4.5}), 0.0625);
}

} // namespace
} // namespace mitosis
