// SPDX-License-Identifier: GPL-2.0-only
#include "core/event_tail.hpp"
#include "core/ids.hpp"
#include "core/kernel_event.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

using Kind = KernelEvent::Kind;

std::string words_of(Kind kind)
{
    return describe({.kind = kind,
                     .at_ns = 5,
                     .cgroup = CgroupId{1234},
                     .pid = 77,
                     .cell = CellId{2},
                     .cpu = 3});
}

KernelEvents told(std::uint64_t first, std::uint64_t last, std::uint64_t lost = 0)
{
    KernelEvents told{.events = {}, .lost = lost};
    for (std::uint64_t at = first; at <= last; ++at)
        told.events.push_back(
            {.kind = Kind::task, .at_ns = at, .cgroup = {}, .pid = 1, .cell = {}, .cpu = 0});
    return told;
}

std::vector<std::uint64_t> moments_of(const EventTail &tail)
{
    std::vector<std::uint64_t> moments;
    for (const KernelEvent &event : tail.events())
        moments.push_back(event.at_ns);
    return moments;
}

TEST(KernelEvent, IsToldInWords)
{
    const std::vector<std::pair<Kind, std::string>> expected{
        {Kind::cpuset, "a cpuset was changed"},
        {Kind::pin, "task 77 of cgroup 1234 may use several CPUs, but not all of cell 2"},
        {Kind::task, "task 77 came"},
        {Kind::cell, "task 77 of cgroup 1234 is in cell 2 now"},
        {Kind::cgroup, "cgroup 1234 came"},
        {Kind::rmdir, "cgroup 1234 went"},
        {Kind::move, "task 77 moved to cgroup 1234"},
        {Kind::config, "a configuration is in force"},
        {Kind::borrow, "task 77 of cgroup 1234 runs on a CPU of cell 2, which is not its own"},
        {Kind::reclaim, "cell 2 took the CPU back for task 77 of cgroup 1234"},
        {Kind::steal, "a task of cell 2 was taken from a sibling's queue"},
        {Kind::cpu, "a CPU of cell 2 came or went"},
        {Kind::unknown, "task 77 of cgroup 1234, cell 2"}};
    for (const auto &[kind, words] : expected)
        EXPECT_EQ(words_of(kind), words);
}

TEST(KernelEvent, KnowsACpuThatNoCellOwns)
{
    const KernelEvent event{.kind = Kind::cpu,
                            .at_ns = 0,
                            .cgroup = {},
                            .pid = 0,
                            .cell = CellId{0xffffffff},
                            .cpu = 0};
    EXPECT_EQ(describe(event), "a CPU of no cell came or went");
}

TEST(KernelEvent, IsFoundByTheNameOfItsKind)
{
    for (auto number = 0; number <= static_cast<int>(Kind::unknown); ++number) {
        const auto kind = static_cast<Kind>(number);
        EXPECT_EQ(parse_event_kind(to_string(kind)), kind) << to_string(kind);
    }
    EXPECT_EQ(parse_event_kind("something newer"), Kind::unknown);
}

TEST(EventTail, KeepsTheNewestAndCountsTheRest)
{
    EventTail tail(3);
    tail.add(told(1, 2));
    EXPECT_EQ(tail.left_out(), 0U);
    tail.add(told(3, 5, 10));
    EXPECT_EQ(moments_of(tail), (std::vector<std::uint64_t>{3, 4, 5}));
    EXPECT_EQ(tail.left_out(), 12U);
    tail.clear();
    EXPECT_TRUE(tail.events().empty());
    EXPECT_EQ(tail.left_out(), 0U);
}

} // namespace
} // namespace mitosis
