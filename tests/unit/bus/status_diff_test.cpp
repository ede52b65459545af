// SPDX-License-Identifier: GPL-2.0-only
#include "bus/status_diff.hpp"
#include "bus/view.hpp"
#include "core/ids.hpp"
#include "core/status.hpp"
#include "support/builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace mitosis::bus {

namespace {

using test::cpus;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

CellView cell_view(std::uint32_t id, std::string_view cpu_list)
{
    CellView view;
    view.status.cell = test::cell(id);
    view.status.cpus = cpus(cpu_list);
    return view;
}

TEST(StatusDiff, IsEmptyBetweenEqualViews)
{
    View view;
    view.cells = {cell_view(0, "0-3")};
    EXPECT_THAT(changed_properties(view, view), IsEmpty());
}

TEST(StatusDiff, NamesWhatDiffersInTheOrderOfTheXml)
{
    View before;
    View now;
    now.generation = 1;
    now.facts.state = State::running;
    now.managed = cpus("0-3");
    now.facts.settings.cell_rules = {{.pattern = "web*", .min_cpus = 2}};
    EXPECT_THAT(changed_properties(before, now),
                ElementsAre("State", "ConfigGeneration", "CellRules", "ManagedCpus"));
}

TEST(StatusDiff, CountsACellThatCameAsTwoProperties)
{
    View before;
    View now;
    now.cells = {cell_view(0, "0")};
    EXPECT_THAT(changed_properties(before, now), ElementsAre("CellCount", "Cells"));
}

TEST(StatusDiff, KeepsQuietAboutCounters)
{
    View before;
    before.cells = {cell_view(0, "0")};
    View now = before;
    now.cells[0].status.counters.waits = 5;
    now.cells[0].status.utilization = 0.5;
    now.sampled_at = test::at(9.0);
    EXPECT_THAT(changed_properties(before, now), IsEmpty());
    EXPECT_THAT(changed_properties(before.cells[0], now.cells[0]), IsEmpty());
}

TEST(StatusDiff, NamesWhatDiffersInACell)
{
    const CellView before = cell_view(1, "0-3");
    CellView now = cell_view(1, "0-4");
    now.status.cell.cpuset = cpus("0-7");
    EXPECT_THAT(changed_properties(before, now), ElementsAre("Cpus", "RequestedCpus"));
}

TEST(StatusDiff, LetsOnlyStateAndExitNotWait)
{
    EXPECT_TRUE(is_urgent(std::vector<std::string_view>{"ManagedCpus", "State"}));
    EXPECT_TRUE(is_urgent(std::vector<std::string_view>{"LastExit"}));
    EXPECT_FALSE(is_urgent(std::vector<std::string_view>{"ManagedCpus", "Cells"}));
}

TEST(StatusDiff, ExchangesTheObjectOfAReusedId)
{
    const std::vector<CellKey> before{{CellId{0}, 0}, {CellId{1}, 1}, {CellId{2}, 2}};
    const std::vector<CellKey> now{{CellId{0}, 0}, {CellId{1}, 7}, {CellId{3}, 8}};
    const CellObjectChanges changes = cell_object_changes(before, now);
    EXPECT_THAT(changes.removed, ElementsAre(CellId{1}, CellId{2}));
    EXPECT_THAT(changes.added, ElementsAre(CellId{1}, CellId{3}));
}

} // namespace

} // namespace mitosis::bus
