// SPDX-License-Identifier: GPL-2.0-only
// UpstreamRule: how upstream's scheduler divides CPUs and when it rebalances (spec: daemon 3.4,
// 4.3, 4.5, 4.6), written anew from that description to be compared with. Test code only.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"

#include <map>
#include <optional>
#include <span>
#include <vector>

namespace mitosis::test {

/// Primary sets by upstream's rule; nothing where upstream ends with an error. Without weights all
/// are equal. `cells` by id.
[[nodiscard]] std::optional<Assignment>
upstream_division(const CpuSet &online, std::span<const Cell> cells,
                  const std::optional<std::map<CellId, double>> &weights);

/// The rebalancer with upstream's defaults: threshold 20 points, cooldown 5 s, smoothing 0.3.
class UpstreamRebalancer {
public:
    UpstreamRebalancer(CpuSet online, std::vector<Cell> cells);

    /// One collection: how many CPUs' time each cell used since the last.
    void tick(double now_s, const std::map<CellId, double> &used_cpus);
    /// Cells came and went.
    void set_cells(std::vector<Cell> cells);

    [[nodiscard]] const Assignment &assignment() const { return assignment_; }

private:
    void divide_again();
    CpuSet online_;
    std::vector<Cell> cells_;
    Assignment assignment_;
    std::map<CellId, double> smoothed_;
    double rebalanced_at_s_ = 0;
};

} // namespace mitosis::test
