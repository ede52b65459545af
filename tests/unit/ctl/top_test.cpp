// SPDX-License-Identifier: GPL-2.0-only
#include "temporary_directory.hpp"

#include "ctl/llcs.hpp"
#include "ctl/snapshot.hpp"
#include "ctl/top_model.hpp"
#include "ctl/top_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

namespace mitosis::ctl {

namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::uint64_t second_us = 1'000'000;
constexpr std::uint64_t second_ns = 1'000'000'000;

/// A cell with two CPUs that was sampled at this second.
CellSnapshot a_cell(std::uint32_t id, std::uint64_t second)
{
    CellSnapshot cell;
    cell.id = id;
    cell.instance = 100 + id;
    cell.cgroup = id == 0 ? "/" : "/work.slice/job" + std::to_string(id);
    cell.cpus = {2 * id, 2 * id + 1};
    cell.sampled_monotonic_us = second * second_us;
    return cell;
}

ServiceSnapshot a_service(std::uint32_t cells)
{
    ServiceSnapshot service;
    service.scheduler = "mitosis";
    service.state = "running";
    service.cell_count = cells;
    for (std::uint32_t cpu = 0; cpu < 2 * cells; ++cpu)
        service.managed_cpus.push_back(cpu);
    return service;
}

TEST(TopModel, CountsRatesOverTheTimeBetweenSamples)
{
    TopModel model;
    model.update(a_service(1), std::vector{a_cell(0, 10)});
    CellSnapshot now = a_cell(0, 12);
    now.cpu_usage_ns = 3 * second_ns;
    now.borrowed_ns = second_ns;
    now.lent_ns = 2 * second_ns;
    now.waits = 4;
    now.wait_ns = 1000;
    now.dispatch_local = 3;
    now.dispatch_borrowed = 1;
    model.update(a_service(1), std::vector{now});
    const CellActivity cell = model.cells(SortKey::id).front();
    EXPECT_DOUBLE_EQ(cell.used, 1.5);
    EXPECT_DOUBLE_EQ(cell.utilization(), 0.75);
    EXPECT_DOUBLE_EQ(cell.borrowed, 0.5);
    EXPECT_DOUBLE_EQ(cell.lent, 1.0);
    EXPECT_DOUBLE_EQ(cell.wait_ns, 250.0);
    EXPECT_THAT(cell.mix, ElementsAre(0.75, 0.0, 0.0, 0.25));
}

TEST(TopModel, ShowsTheServicesUtilizationOfACellThatIsNew)
{
    TopModel model;
    CellSnapshot cell = a_cell(0, 10);
    cell.utilization = 0.5;
    cell.cpu_usage_ns = 999 * second_ns;
    model.update(a_service(1), std::vector{cell});
    EXPECT_DOUBLE_EQ(model.cells(SortKey::id).front().used, 1.0);
}

TEST(TopModel, TakesAReusedIdForANewCell)
{
    TopModel model;
    model.update(a_service(1), std::vector{a_cell(0, 10)});
    CellSnapshot other = a_cell(0, 11);
    other.instance = 555;
    other.cpu_usage_ns = 5 * second_ns;
    model.update(a_service(1), std::vector{other});
    const CellActivity cell = model.cells(SortKey::id).front();
    EXPECT_DOUBLE_EQ(cell.used, 0.0);
    EXPECT_EQ(cell.history.size(), 1U);
}

TEST(TopModel, KeepsAHistoryOfBoundedLength)
{
    TopModel model;
    for (std::uint64_t second = 0; second < 2 * TopModel::longest_history; ++second)
        model.update(a_service(1), std::vector{a_cell(0, second)});
    EXPECT_EQ(model.cells(SortKey::id).front().history.size(), TopModel::longest_history);
}

TEST(TopModel, Sorts)
{
    std::vector cells{a_cell(0, 1), a_cell(1, 1), a_cell(2, 1)};
    cells[1].utilization = 0.9;
    cells[2].utilization = 0.4;
    TopModel model;
    model.update(a_service(3), cells);
    const auto ids = [&](SortKey key) {
        std::vector<std::uint32_t> result;
        for (const CellActivity &cell : model.cells(key))
            result.push_back(cell.id);
        return result;
    };
    EXPECT_THAT(ids(SortKey::used), ElementsAre(1, 2, 0));
    EXPECT_THAT(ids(SortKey::id), ElementsAre(0, 1, 2));
    SortKey key = SortKey::id;
    for (int step = 0; step < 7; ++step)
        key = next(key);
    EXPECT_EQ(key, SortKey::id);
}

TEST(TopView, DrawsBarsAndHistories)
{
    EXPECT_EQ(bar(0.0, 4), "");
    EXPECT_EQ(bar(0.5, 4), "██");
    EXPECT_EQ(bar(0.53125, 4), "██▏");
    EXPECT_EQ(bar(7.0, 4), "████");
    CellActivity cell;
    cell.history = {0.0, 0.5, 1.0, 3.0};
    EXPECT_EQ(sparkline(cell, 3), "▅██");
}

/// The number of letters; the blocks of the bars are one each.
std::size_t letters_in(const std::string &line)
{
    return static_cast<std::size_t>(std::ranges::count_if(
        line, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U; }));
}

std::vector<std::string> lines_of(std::uint32_t cells, int width,
                                  const std::string &parent = "/work.slice/job")
{
    std::vector<CellSnapshot> all;
    for (std::uint32_t id = 0; id < cells; ++id) {
        all.push_back(a_cell(id, 1));
        if (id > 0)
            all.back().cgroup = parent + std::to_string(id);
    }
    TopModel model;
    model.update(a_service(cells), all);
    std::istringstream text(print(model, {model.service().managed_cpus},
                                  {.width = width, .sort = SortKey::id, .motion = Motion::batch}));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);)
        lines.push_back(line);
    return lines;
}

TEST(TopView, FitsInEveryWidthWithOneCellAndWithMany)
{
    for (const int width : {80, 110, 200})
        for (const std::uint32_t cells : {1U, 64U}) {
            const auto lines = lines_of(cells, width);
            EXPECT_GE(lines.size(), cells + 3);
            for (const std::string &line : lines)
                EXPECT_LE(letters_in(line), static_cast<std::size_t>(width)) << line;
        }
}

TEST(TopView, ShowsTheNamesOfServicesInFull)
{
    for (const int width : {80, 110, 200})
        for (const std::uint32_t cells : {2U, 64U}) {
            const auto lines = lines_of(cells, width, "/work.slice/postgresql@main");
            EXPECT_THAT(lines, Contains(HasSubstr(" /work.slice/postgresql@main1 "))) << width;
        }
}

TEST(TopView, LeavesTheBeginningOfNamesOutForWhichThereIsNoRoom)
{
    const std::string parent = "/work.slice/" + std::string(300, 'x') + "/web.service-";
    for (const int width : {80, 200})
        for (const std::uint32_t cells : {2U, 64U}) {
            const auto lines = lines_of(cells, width, parent);
            EXPECT_THAT(lines,
                        Contains(AllOf(StartsWith("  1 …xxx"), HasSubstr("/web.service-1 "))));
            for (const std::string &line : lines)
                EXPECT_LE(letters_in(line), static_cast<std::size_t>(width)) << line;
        }
}

TEST(TopView, SaysWhereItLeavesCpusOut)
{
    TopModel model;
    CellSnapshot cell = a_cell(0, 1);
    cell.cpus = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20};
    model.update(a_service(1), std::vector{cell});
    EXPECT_THAT(print(model, {}, {.width = 200, .motion = Motion::batch}),
                HasSubstr("0,2,4,6,8,10,12,14,16,1…"));
}

TEST(TopView, ShowsWhoOwnsEachCpu)
{
    const auto lines = lines_of(3, 80);
    EXPECT_THAT(lines[0], StartsWith("mitosis  running  3 cells on 6 CPUs"));
    EXPECT_THAT(lines[1], StartsWith("LLC 0   001122  CPUs 0-5"));
    EXPECT_THAT(lines[2], StartsWith(" ID CELL"));
    EXPECT_THAT(lines[4], HasSubstr("/work.slice/job1"));
}

TEST(Llcs, AreGroupsOfCpusThatShareACache)
{
    const sys::TemporaryDirectory root;
    for (const int cpu : {0, 1})
        root.write("sys/devices/system/cpu/cpu" + std::to_string(cpu) +
                       "/cache/index3/shared_cpu_list",
                   "0-1\n");
    root.write("sys/devices/system/cpu/cpu2/cache/index2/shared_cpu_list", "2\n");
    EXPECT_THAT(group_by_llc({0, 1, 2}, root.path()), ElementsAre(Cpus{0, 1}, Cpus{2}));
    EXPECT_THAT(group_by_llc({5, 6}, root.path()), ElementsAre(Cpus{5, 6}));
}

} // namespace

} // namespace mitosis::ctl
