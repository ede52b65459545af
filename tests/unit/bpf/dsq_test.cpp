// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/dsq.h"
#include "bpf/intf.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <set>

namespace {

constexpr std::uint32_t last_cell = MITOSIS_MAX_CELLS - 1;
constexpr std::uint32_t last_llc = MITOSIS_MAX_LLCS - 1;
constexpr std::uint32_t last_cpu = MITOSIS_MAX_CPUS - 1;

TEST(DsqOfCell, GivesCellAndLlcBack)
{
    for (const std::uint32_t cell : {0U, 1U, 255U, 4096U, last_cell}) {
        for (const std::uint32_t llc : {0U, 1U, 31U, last_llc}) {
            const auto dsq = dsq_of_cell(cell, llc);
            EXPECT_EQ(dsq_type(dsq), DSQ_TYPE_CELL);
            EXPECT_EQ(dsq_cell(dsq), cell);
            EXPECT_EQ(dsq_llc(dsq), llc);
        }
    }
}

TEST(DsqOfPatient, GivesCellAndLlcBack)
{
    const auto dsq = dsq_of_patient(last_cell);
    EXPECT_EQ(dsq_type(dsq), DSQ_TYPE_PATIENT);
    EXPECT_EQ(dsq_cell(dsq), last_cell);
}

TEST(DsqOfCpu, GivesTheCpuBack)
{
    for (const std::uint32_t cpu : {0U, 1U, 8191U, last_cpu}) {
        EXPECT_EQ(dsq_type(dsq_of_cpu(cpu)), DSQ_TYPE_CPU);
        EXPECT_EQ(dsq_cpu(dsq_of_cpu(cpu)), cpu);
    }
}

TEST(Dsq, LeavesTheKernelItsBit)
{
    for (const auto dsq : {dsq_of_cell(last_cell, last_llc), dsq_of_patient(last_cell),
                           dsq_of_cpu(last_cpu), dsq_overflow()}) {
        EXPECT_EQ(dsq >> 63, 0U);
        EXPECT_NE(dsq, 0U);
    }
}

TEST(Dsq, NeverGivesTwoQueuesOneId)
{
    std::set<std::uint64_t> ids{dsq_overflow()};
    std::size_t made = 1;
    for (std::uint32_t number = 0; number < 100; ++number) {
        for (const auto dsq : {dsq_of_cell(number, 0), dsq_of_cell(0, number + 1),
                               dsq_of_patient(number), dsq_of_cpu(number)}) {
            ids.insert(dsq);
            ++made;
        }
    }
    EXPECT_EQ(ids.size(), made);
}

} // namespace
