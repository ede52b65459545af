// SPDX-License-Identifier: GPL-2.0-only
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string_view>
#include <system_error>

namespace mitosis {
namespace {

void expect_refused(std::span<const CpuPlace> places, std::string_view context)
{
    const auto topology = Topology::from_places(places);
    ASSERT_FALSE(topology.has_value());
    EXPECT_EQ(topology.error().code, std::errc::invalid_argument);
    EXPECT_EQ(topology.error().context, context);
}

TEST(Topology, RefusesAMachineWithoutCpus)
{
    expect_refused({}, "topology without a CPU");
}

TEST(Topology, RefusesACpuListedTwice)
{
    const std::array<CpuPlace, 3> places{{{4, 0, 0, 0}, {1, 1, 0, 0}, {4, 2, 0, 0}}};
    expect_refused(places, "CPU 4 is listed twice");
}

TEST(Topology, RefusesACpuBeyondTheLimit)
{
    const std::array<CpuPlace, 1> places{{{max_cpus, 0, 0, 0}}};
    expect_refused(places, "CPU 8192 is beyond the limit");
}

TEST(Topology, NumbersLlcsDenselyByLowestCpu)
{
    const std::array<CpuPlace, 4> places{
        {{5, 0, 70, 1}, {2, 1, 900, 0}, {9, 2, 70, 1}, {7, 3, 3, 0}}};
    const auto topology = Topology::from_places(places).value();
    EXPECT_EQ(topology.llc_count(), 3U);
    EXPECT_EQ(topology.llc_of(2), LlcId{0});
    EXPECT_EQ(topology.cpus_of(LlcId{1}), (CpuSet{5, 9}));
    EXPECT_EQ(topology.llc_of(7), LlcId{2});
}

TEST(Topology, KeepsOnlyTheCpusThatAreOnline)
{
    const std::array<CpuPlace, 2> places{{{6, 0, 0, 0}, {1, 1, 0, 0}}};
    EXPECT_EQ(Topology::from_places(places).value().online(), (CpuSet{1, 6}));
}

TEST(Topology, KnowsSiblingsAndNodes)
{
    const std::array<CpuPlace, 3> places{{{0, 8, 0, 1}, {4, 8, 0, 1}, {1, 9, 0, 2}}};
    const auto topology = Topology::from_places(places).value();
    EXPECT_EQ(topology.siblings_of(4), (CpuSet{0, 4}));
    EXPECT_EQ(topology.siblings_of(1), CpuSet{1});
    EXPECT_EQ(topology.node_of(1), 2U);
}

TEST(Topology, KeepsItsGroupsWhenCpusLeave)
{
    const std::array<CpuPlace, 4> places{{{0, 8, 0, 0}, {1, 8, 0, 0}, {2, 9, 5, 1}, {3, 7, 5, 1}}};
    const auto machine = Topology::from_places(places).value();
    const auto left = machine.restricted_to(CpuSet{1, 2, 3}).value();
    EXPECT_EQ(left.online(), (CpuSet{1, 2, 3}));
    EXPECT_EQ(left.siblings_of(1), CpuSet{1});
    EXPECT_EQ(left.cpus_of(LlcId{1}), (CpuSet{2, 3}));
    EXPECT_FALSE(machine.restricted_to(CpuSet{7}).has_value());
}

} // namespace
} // namespace mitosis
