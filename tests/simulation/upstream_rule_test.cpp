// SPDX-License-Identifier: GPL-2.0-only
// That what the others compare with is upstream's rule: the examples worked out in its description
// (spec: daemon 3.8), and the states it is known to swing between (spec: daemon M6).
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "support/builders.hpp"
#include "support/print.hpp" // IWYU pragma: keep
#include "support/upstream_rule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace mitosis::test {
namespace {

TEST(UpstreamRule, HalvesAMachineForTwoCells)
{
    EXPECT_EQ(upstream_division(CpuSet::range(0, 15), root_and(1), std::nullopt),
              owners({{0, "0-7"}, {1, "8-15"}}));
}

TEST(UpstreamRule, SplitsWhatTwoCpusetsContest)
{
    const std::vector<Cell> cells{cell(0), cell(1).cpuset("0-7"), cell(2).cpuset("4-11")};
    EXPECT_EQ(upstream_division(CpuSet::range(0, 15), cells, std::nullopt),
              owners({{0, "12-15"}, {1, "0-5"}, {2, "6-11"}}));
}

TEST(UpstreamRule, SplitsACpusetThatThreeCellsShare)
{
    const std::vector<Cell> cells{cell(0), cell(1).cpuset("0-5"), cell(2).cpuset("0-5"),
                                  cell(3).cpuset("0-5")};
    EXPECT_EQ(upstream_division(CpuSet::range(0, 11), cells, std::nullopt),
              owners({{0, "6-11"}, {1, "0-1"}, {2, "2-3"}, {3, "4-5"}}));
}

TEST(UpstreamRule, EndsWithMoreCellsThanCpus)
{
    EXPECT_EQ(upstream_division(CpuSet::range(0, 2), root_and(3), std::nullopt), std::nullopt);
}

/// Sizes of the root cell of two on 16 CPUs in the last of three minutes, at a tick a second.
std::set<unsigned> late_sizes_of_root(double root_demand, double other_demand)
{
    UpstreamRebalancer rebalancer(CpuSet::range(0, 15), root_and(1));
    std::set<unsigned> sizes;
    for (int second = 1; second <= 180; ++second) {
        std::map<CellId, double> used;
        for (const auto &entry : rebalancer.assignment().cells)
            used[entry.cell] = std::min<double>(
                entry.cell == root_cell ? root_demand : other_demand, entry.primary.count());
        rebalancer.tick(second, used);
        if (second > 120)
            sizes.insert(rebalancer.assignment().cells.front().primary.count());
    }
    return sizes;
}

TEST(UpstreamRule, SwingsForEverUnderConstantDemandsOfOneAndEight)
{
    EXPECT_EQ(late_sizes_of_root(1, 8), (std::set<unsigned>{4, 5}));
}

TEST(UpstreamRule, SettlesFarFromWhatIsDueToACellThatIsFull)
{
    EXPECT_EQ(late_sizes_of_root(0.5, 30), std::set<unsigned>{3});
}

} // namespace
} // namespace mitosis::test
