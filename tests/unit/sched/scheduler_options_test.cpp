// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/intf.h"
#include "core/topology.hpp"
#include "sched/scheduler_options.hpp"
#include "support/builders.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <system_error>

namespace mitosis::sched {
namespace {

/// As on machines whose last cache is a core's own.
Topology of_llcs(unsigned count)
{
    return test::topology(count, 1, 1);
}

std::error_code refusal(const SchedulerOptions &options, const Topology &machine = of_llcs(2))
{
    const auto checked = check_options(options, machine);
    return checked ? std::error_code{} : checked.error().code;
}

TEST(SchedulerOptions, MayHaveAsManyLlcsAsQueueIdsTellApart)
{
    const SchedulerOptions options{.features = {.llc_awareness = true}};
    EXPECT_EQ(refusal(options, of_llcs(MITOSIS_MAX_LLCS)), std::error_code{});
    EXPECT_EQ(refusal(options, of_llcs(MITOSIS_MAX_LLCS + 1)), std::errc::invalid_argument);
}

TEST(SchedulerOptions, MayHaveAnyNumberOfLlcsWithoutLlcAwareness)
{
    EXPECT_EQ(refusal({}, of_llcs(MITOSIS_MAX_LLCS + 1)), std::error_code{});
}

TEST(SchedulerOptions, StealOnlyBetweenLlcs)
{
    EXPECT_EQ(refusal({.features = {.work_stealing = true}}), std::errc::invalid_argument);
    EXPECT_EQ(refusal({.features = {.llc_awareness = true, .work_stealing = true}}),
              std::error_code{});
}

TEST(SchedulerOptions, StayWithinTheirRanges)
{
    EXPECT_EQ(refusal({.cell_capacity = 0}), std::errc::invalid_argument);
    EXPECT_EQ(refusal({.cell_capacity = MITOSIS_MAX_CELLS + 1}), std::errc::invalid_argument);
    EXPECT_EQ(refusal({.slice = std::chrono::microseconds(0)}), std::errc::invalid_argument);
    EXPECT_EQ(refusal({.timeout = std::chrono::seconds(31)}), std::errc::invalid_argument);
}

} // namespace
} // namespace mitosis::sched
