// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/intf.h"
#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/ids.hpp"
#include "core/ownership.hpp"
#include "core/sample.hpp"
#include "sched/wire.hpp"
#include "support/builders.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace mitosis::sched {
namespace {

using test::cell;
using test::cpus;
using test::root_and;

constexpr Sizes eight{.cpus = 8, .cells = 4, .llcs = 2};

/// Cell i owns the i-th list.
Assignment owning(const std::vector<std::string_view> &lists)
{
    Assignment assignment;
    for (std::uint32_t id = 0; id < lists.size(); ++id) {
        assignment.cells.push_back(
            {.cell = CellId{id}, .primary = cpus(lists[id]), .borrowable = {}});
    }
    return assignment;
}

Stage encoded(const Assignment &assignment, const std::vector<Cell> &cells,
              const Stage &previous = empty_stage(eight))
{
    auto stage = encode(assignment, cells, cpus("0-7"), previous);
    EXPECT_TRUE(stage.has_value());
    return stage.value_or(empty_stage(eight));
}

std::error_code refusal(const Assignment &assignment, const std::vector<Cell> &cells)
{
    const auto stage = encode(assignment, cells, cpus("0-7"), empty_stage(eight));
    return stage ? std::error_code{} : stage.error().code;
}

TEST(EmptyStage, GivesNoCpuAnOwner)
{
    const Stage stage = empty_stage(eight);
    EXPECT_EQ(stage.cpus.size(), 8U);
    EXPECT_TRUE(std::ranges::all_of(
        stage.cpus, [](const mitosis_stage_cpu &cpu) { return cpu.owner == MITOSIS_NO_CELL; }));
    EXPECT_EQ(std::ranges::count(stage.cells, 1U, &mitosis_stage_cell::live), 0);
}

TEST(EmptyStage, HasAWordForEverySixtyFourCpus)
{
    EXPECT_EQ(empty_stage({.cpus = 64, .cells = 3, .llcs = 1}).envelopes.size(), 3U);
    EXPECT_EQ(empty_stage({.cpus = 65, .cells = 3, .llcs = 1}).envelopes.size(), 6U);
}

TEST(Encode, GivesEveryCpuItsOwner)
{
    const Stage stage = encoded(owning({"0-1", "2,7", "3-6"}), root_and(2));
    std::vector<std::uint32_t> owners;
    std::ranges::transform(stage.cpus, std::back_inserter(owners), &mitosis_stage_cpu::owner);
    EXPECT_EQ(owners, (std::vector<std::uint32_t>{0, 0, 1, 2, 2, 2, 2, 1}));
}

TEST(Encode, LeavesCpusWithoutOwnerToNobody)
{
    const Stage stage = encoded(owning({"0-6"}), root_and(0));
    EXPECT_EQ(stage.cpus[7].owner, MITOSIS_NO_CELL);
}

TEST(Encode, NamesTheOwnersCgroup)
{
    const Stage stage = encoded(owning({"0-3", "4-7"}), root_and(1));
    EXPECT_EQ(stage.cells[1].live, 1U);
    EXPECT_EQ(stage.cells[1].cgroup, 1001U);
    EXPECT_EQ(stage.cells[2].live, 0U);
}

TEST(Encode, KeepsACellWithoutCpusAlive)
{
    Assignment assignment = owning({"0-7", ""});
    assignment.pooled = {CellId{1}};
    EXPECT_EQ(encoded(assignment, root_and(1)).cells[1].live, 1U);
}

TEST(Encode, SaysWhatAPooledCellWeighs)
{
    Assignment assignment = owning({"0-7", ""});
    assignment.pooled = {CellId{1}};
    assignment.cells[1].weight = 300;
    const Stage stage = encoded(assignment, root_and(1));
    EXPECT_EQ(stage.cells[0].weight, 100U);
    EXPECT_EQ(stage.cells[1].weight, 300U);
}

TEST(Encode, TakesAllOnlineCpusAsEnvelopeWithoutCpuset)
{
    EXPECT_EQ(encoded(owning({"0-7"}), root_and(0)).envelopes[0], 0xffU);
}

TEST(Encode, TakesTheOnlinePartOfACpusetAsEnvelope)
{
    const std::vector<Cell> cells{root_and(0).front(), cell(1).cpuset("2-3,60")};
    EXPECT_EQ(encoded(owning({"0-1,4-7", "2-3"}), cells).envelopes[1], 0x0cU);
}

TEST(Encode, AddsToTheEnvelopeOfTheRootCellWhatItOwnsBesides)
{
    const std::vector<Cell> cells{cell(0).cpuset("0-5"), cell(1).cpuset("6")};
    EXPECT_EQ(encoded(owning({"0-5", "6"}), cells).envelopes[0], 0x3fU);
    EXPECT_EQ(encoded(owning({"0-5,7", "6"}), cells).envelopes[0], 0xbfU);
}

TEST(Encode, TakesAllOnlineCpusWhenNoneOfTheCpusetIs)
{
    const std::vector<Cell> cells{root_and(0).front(), cell(1).cpuset("60")};
    EXPECT_EQ(encoded(owning({"0-7"}), cells).envelopes[1], 0xffU);
}

TEST(Encode, KeepsTheSequenceOfAnEnvelopeThatStays)
{
    const Stage first = encoded(owning({"0-3", "4-7"}), root_and(1));
    const Stage second = encoded(owning({"0-6", "7"}), root_and(1), first);
    EXPECT_EQ(second.cells[1].envelope_seq, first.cells[1].envelope_seq);
}

TEST(Encode, RaisesTheSequenceOfAnEnvelopeThatChanges)
{
    const Stage first = encoded(owning({"0-3", "4-7"}), root_and(1));
    const std::vector<Cell> cells{root_and(0).front(), cell(1).cpuset("4-7")};
    const Stage second = encoded(owning({"0-3", "4-7"}), cells, first);
    EXPECT_NE(second.cells[1].envelope_seq, first.cells[1].envelope_seq);
    EXPECT_EQ(second.cells[0].envelope_seq, first.cells[0].envelope_seq);
}

TEST(Encode, RaisesTheSequenceForANewCellUnderAnOldId)
{
    const Stage first = encoded(owning({"0-3", "4-7"}), root_and(1));
    const Stage without = encoded(owning({"0-7"}), root_and(0), first);
    const Stage again = encoded(owning({"0-3", "4-7"}), root_and(1), without);
    EXPECT_EQ(without.cells[1].live, 0U);
    EXPECT_NE(again.cells[1].envelope_seq, first.cells[1].envelope_seq);
}

TEST(Encode, RefusesWhatDoesNotFit)
{
    EXPECT_EQ(refusal(owning({"0-8"}), root_and(0)), std::errc::result_out_of_range);
    EXPECT_EQ(refusal(owning({"0-7"}), root_and(4)), std::errc::result_out_of_range);
}

TEST(Encode, RefusesCpusForACellThatIsNone)
{
    EXPECT_EQ(refusal(owning({"0-3", "4-7"}), root_and(0)), std::errc::invalid_argument);
}

TEST(DecodeSample, SumsOverCpusButForTheMaximum)
{
    std::array<mitosis_counters, 2> by_cpu{};
    by_cpu[0].waits = 3;
    by_cpu[0].wait_max_ns = 50;
    by_cpu[0].wait_histogram[5] = 2;
    by_cpu[1].waits = 4;
    by_cpu[1].wait_max_ns = 40;
    by_cpu[1].wait_histogram[5] = 1;
    const CellSample sample = decode_sample(CellId{2}, by_cpu, cpus("0-1"), {});
    EXPECT_EQ(sample.cell, CellId{2});
    EXPECT_EQ(sample.total.waits, 7U);
    EXPECT_EQ(sample.total.wait_max_ns, 50U);
    EXPECT_EQ(sample.total.wait_histogram[5], 3U);
}

TEST(DecodeSample, PutsRunTimeUnderTheNumberOfItsCpu)
{
    std::array<mitosis_counters, 2> by_cpu{};
    by_cpu[0].run_ns = 10;
    by_cpu[1].run_ns = 20;
    const CellSample sample = decode_sample(CellId{0}, by_cpu, cpus("1,3"), {});
    EXPECT_EQ(sample.run_ns_by_cpu, (std::vector<std::uint64_t>{0, 10, 0, 20}));
    EXPECT_EQ(sample.total.run_ns, 30U);
}

TEST(DecodeSample, TellsWhoWaitsApartFromWhoHasWaited)
{
    const std::array<mitosis_counters, 1> by_cpu{};
    mitosis_cell settled{};
    settled.waiters = 3;
    settled.waited_ns = 70;
    const CellSample sample = decode_sample(CellId{1}, by_cpu, cpus("0"), settled);
    EXPECT_EQ(sample.waiters, 3U);
    EXPECT_EQ(sample.waited_ns, 70U);
    EXPECT_EQ(sample.total, CellCounters{});
}

TEST(DecodeCpus, TellsOwnersAndWhoDispatches)
{
    std::array<mitosis_cpu, 3> entries{};
    entries[0].owner = 2;
    entries[1].owner = MITOSIS_NO_CELL;
    entries[2].online = 1;
    const Ownership ownership = decode_cpus(entries);
    EXPECT_EQ(ownership.owners, (std::vector<std::optional<CellId>>{CellId{2}, {}, CellId{0}}));
    EXPECT_EQ(ownership.online, cpus("2"));
}

TEST(EventsInDump, LeaveHalfOfIt)
{
    EXPECT_EQ(events_in_dump(32768), 128U);
    EXPECT_EQ(events_in_dump(16), 0U);
    EXPECT_EQ(events_in_dump(16'777'216), std::uint32_t{MITOSIS_LAST_EVENTS});
}

TEST(DecodeEvent, KnowsEveryKindOfTheKernelsSide)
{
    for (std::uint32_t kind = MITOSIS_EVENT_CPUSET; kind <= MITOSIS_EVENT_CPU; ++kind) {
        EXPECT_NE(
            decode_event({.at = 0, .cgroup = 0, .kind = kind, .pid = 0, .cell = 0, .cpu = 0}).kind,
            KernelEvent::Kind::unknown)
            << kind;
    }
    EXPECT_EQ(decode_event({.at = 0, .cgroup = 0, .kind = 99, .pid = 0, .cell = 0, .cpu = 0}).kind,
              KernelEvent::Kind::unknown);
}

TEST(DecodeEvent, TakesAllOfIt)
{
    EXPECT_EQ(decode_event({.at = 5,
                            .cgroup = 1234,
                            .kind = MITOSIS_EVENT_BORROW,
                            .pid = 77,
                            .cell = 2,
                            .cpu = 3}),
              (KernelEvent{.kind = KernelEvent::Kind::borrow,
                           .at_ns = 5,
                           .cgroup = CgroupId{1234},
                           .pid = 77,
                           .cell = CellId{2},
                           .cpu = 3}));
}

TEST(DecodeExit, CutsTheTextsAtTheirEnd)
{
    mitosis_exit record{};
    record.kind = 64;
    record.code = -3;
    std::ranges::copy(std::string_view("unregistered"), std::begin(record.reason));
    std::ranges::fill(record.msg, 'x');
    const auto exit = decode_exit(record);
    EXPECT_EQ(exit.kind, 64U);
    EXPECT_EQ(exit.code, -3);
    EXPECT_EQ(exit.reason, "unregistered");
    EXPECT_EQ(exit.message.size(), std::size_t{MITOSIS_MSG_LEN});
}

} // namespace
} // namespace mitosis::sched
