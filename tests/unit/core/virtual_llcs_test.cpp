// SPDX-License-Identifier: GPL-2.0-only
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"
#include "core/virtual_llcs.hpp"
#include "support/builders.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gtest/gtest.h>

#include <vector>

namespace mitosis {
namespace {

using test::cpus;
using test::flat;
using test::topology;

std::vector<CpuSet> llcs_of(const Topology &machine)
{
    std::vector<CpuSet> llcs;
    for (unsigned llc = 0; llc < machine.llc_count(); ++llc)
        llcs.push_back(machine.cpus_of(LlcId{llc}));
    return llcs;
}

using Sets = std::vector<CpuSet>;

TEST(VirtualLlcs, AreOfTwoToEightCoresWhenNothingElseIsSaid)
{
    EXPECT_EQ(parse_virtual_llcs("2-8"), VirtualLlcs{});
    EXPECT_EQ(to_text(VirtualLlcs{}), "2-8");
}

TEST(VirtualLlcs, AreNotMadeFromNonsense)
{
    for (const char *text : {"", "4", "0-4", "5-4", "2-4-8", "2-x", "-2", "99999999999-4"})
        EXPECT_FALSE(parse_virtual_llcs(text).has_value()) << text;
}

TEST(SplitLlcs, TakesTheSmallestSizeThatDivides)
{
    EXPECT_EQ(llcs_of(split_llcs(flat(9), {.min_cores = 2, .max_cores = 8})),
              (Sets{cpus("0-2"), cpus("3-5"), cpus("6-8")}));
}

TEST(SplitLlcs, TakesTheSizeThatLeavesFewestWhereNoneDivides)
{
    // 11 = 2 x 4 + 3 = 2 x 5 + 1
    EXPECT_EQ(llcs_of(split_llcs(flat(11), {.min_cores = 4, .max_cores = 5})),
              (Sets{cpus("0-4"), cpus("5-10")}));
}

TEST(SplitLlcs, TakesTheSmallerOfTwoSizesThatLeaveAsMany)
{
    // 13 = 4 x 3 + 1 = 3 x 4 + 1
    EXPECT_EQ(llcs_of(split_llcs(flat(13), {.min_cores = 3, .max_cores = 4})),
              (Sets{cpus("0-2"), cpus("3-5"), cpus("6-8"), cpus("9-12")}));
}

TEST(SplitLlcs, LeavesASmallLlcAsItIs)
{
    const Topology machine = topology(2, 4, 2);
    EXPECT_EQ(llcs_of(split_llcs(machine, {.min_cores = 4, .max_cores = 8})), llcs_of(machine));
    EXPECT_EQ(llcs_of(split_llcs(machine, {.min_cores = 6, .max_cores = 8})), llcs_of(machine));
}

TEST(SplitLlcs, CountsCoresAndSplitsNone)
{
    EXPECT_EQ(llcs_of(split_llcs(test::split_siblings(4), {.min_cores = 2, .max_cores = 2})),
              (Sets{cpus("0-1,4-5"), cpus("2-3,6-7")}));
}

TEST(SplitLlcs, SplitsEachLlcForItself)
{
    std::vector<CpuPlace> places;
    for (unsigned cpu = 0; cpu < 10; ++cpu)
        places.push_back({.cpu = cpu, .core = cpu, .llc = cpu < 6 ? 0U : 1U, .node = cpu / 6});
    const Topology split =
        split_llcs(Topology::from_places(places).value(), {.min_cores = 3, .max_cores = 4});
    EXPECT_EQ(llcs_of(split), (Sets{cpus("0-2"), cpus("3-5"), cpus("6-9")}));
    EXPECT_EQ(split.node_of(9), 1U);
}

TEST(SplitLlcs, PutsNoTwoKindsOfCoresTogether)
{
    std::vector<CpuPlace> places;
    for (unsigned cpu = 0; cpu < 8; ++cpu)
        places.push_back({.cpu = cpu, .core = cpu, .llc = 0, .node = 0, .kind = cpu % 2});
    const Topology machine = Topology::from_places(places).value();
    EXPECT_EQ(llcs_of(split_llcs(machine, {.min_cores = 4, .max_cores = 8})),
              (Sets{cpus("0,2,4,6"), cpus("1,3,5,7")}));
}

} // namespace
} // namespace mitosis
