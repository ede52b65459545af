// SPDX-License-Identifier: GPL-2.0-only
#include "temporary_directory.hpp"

#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"
#include "sys/hwloc_topology.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace mitosis::sys {
namespace {

TEST(HwlocTopology, GroupsCpusByTheirL3)
{
    const auto topology = topology_from_synthetic("pack:1 l3:2 core:2 pu:2");
    ASSERT_TRUE(topology) << to_string(topology.error());
    EXPECT_EQ(topology->llc_count(), 2U);
    EXPECT_EQ(topology->cpus_of(LlcId{1}), CpuSet::range(4, 7));
}

TEST(HwlocTopology, KnowsSmtSiblings)
{
    const auto topology = topology_from_synthetic("pack:1 l3:2 core:2 pu:2");
    ASSERT_TRUE(topology);
    EXPECT_EQ(topology->siblings_of(3), CpuSet::range(2, 3));
}

TEST(HwlocTopology, TakesTheL2WhereThereIsNoL3)
{
    const auto topology = topology_from_synthetic("pack:1 l2:2 core:2 pu:1");
    ASSERT_TRUE(topology);
    EXPECT_EQ(topology->llc_count(), 2U);
}

TEST(HwlocTopology, TakesThePackageWhereThereIsNoCache)
{
    const auto topology = topology_from_synthetic("pack:2 core:2 pu:1");
    ASSERT_TRUE(topology);
    EXPECT_EQ(topology->llc_count(), 2U);
    EXPECT_EQ(topology->cpus_of(LlcId{0}), CpuSet::range(0, 1));
}

TEST(HwlocTopology, KnowsNumaNodes)
{
    const auto topology = topology_from_synthetic("node:2 l3:1 core:2 pu:1");
    ASSERT_TRUE(topology);
    EXPECT_EQ(topology->node_of(0), topology->node_of(1));
    EXPECT_NE(topology->node_of(1), topology->node_of(2));
}

TEST(HwlocTopology, SeesThisMachinesCpus)
{
    const auto topology = read_topology();
    ASSERT_TRUE(topology) << to_string(topology.error());
    EXPECT_EQ(topology->online().count(), ::sysconf(_SC_NPROCESSORS_ONLN));
}

TEST(HwlocTopology, RefusesNonsense)
{
    EXPECT_FALSE(topology_from_synthetic("nonsense"));
    const TemporaryDirectory root;
    EXPECT_FALSE(topology_from_xml(root.path("none.xml")));
}

} // namespace
} // namespace mitosis::sys
