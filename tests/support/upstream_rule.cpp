// SPDX-License-Identifier: GPL-2.0-only
#include "support/upstream_rule.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace mitosis::test {
namespace {

using Doubles = std::vector<double>;
using Counts = std::vector<unsigned>;

/// Recipients in descending order of the fraction that rounding down took away.
std::vector<std::size_t> by_fraction(const Doubles &shares)
{
    std::vector<std::size_t> order(shares.size());
    std::ranges::iota(order, std::size_t{0});
    std::ranges::stable_sort(order, std::greater{}, [&](std::size_t each) {
        return shares[each] - std::floor(shares[each]);
    });
    return order;
}

/// Whole parts of `total` by weight, the rest by largest fraction.
std::pair<Counts, std::vector<std::size_t>> largest_remainder(unsigned total,
                                                              const Doubles &weights)
{
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    Doubles shares;
    Counts counts;
    for (const double weight : weights) {
        shares.push_back(weight / sum * total);
        counts.push_back(static_cast<unsigned>(shares.back()));
    }
    const auto order = by_fraction(shares);
    unsigned rest = total - std::accumulate(counts.begin(), counts.end(), 0U);
    for (std::size_t next = 0; rest > 0; --rest, ++next)
        ++counts[order[next % order.size()]];
    return {counts, order};
}

/// Nobody with a weight stays without a CPU while another has two.
void feed_the_starving(const Doubles &weights, const std::vector<std::size_t> &order,
                       Counts &counts)
{
    for (const std::size_t each : order) {
        if (weights[each] <= 0 || counts[each] > 0)
            continue;
        std::optional<std::size_t> donor;
        for (const std::size_t other : order)
            if (counts[other] > 1 && (!donor || counts[other] >= counts[*donor]))
                donor = other;
        if (!donor)
            return;
        --counts[*donor];
        ++counts[each];
    }
}

using Indices = std::vector<std::size_t>;

class Divider {
public:
    Divider(const CpuSet &online, std::span<const Cell> cells) : online_(online), cells_(cells)
    {
        for (const Cell &cell : cells)
            result_.cells.push_back({.cell = cell.id, .primary = {}, .borrowable = {}});
    }

    std::optional<Assignment> run(const std::optional<std::map<CellId, double>> &weights)
    {
        if (online_.count() < cells_.size())
            return std::nullopt;
        classify();
        const Counts targets = targets_for(weights);
        const Doubles deficits = lacking(targets);
        for (const auto &[claimants, cpus] : contested_)
            distribute(cpus, claimants, deficits);
        if (!unclaimed_.empty())
            distribute(unclaimed_, unpinned(), lacking(targets));
        for (const CellCpus &entry : result_.cells)
            if (entry.primary.empty())
                return std::nullopt;
        return result_;
    }

private:
    void classify()
    {
        for (const unsigned cpu : online_) {
            Indices claimants;
            for (std::size_t each = 0; each < cells_.size(); ++each)
                if (cells_[each].cpuset && cells_[each].cpuset->contains(cpu))
                    claimants.push_back(each);
            if (claimants.empty())
                unclaimed_.insert(cpu);
            else if (claimants.size() == 1)
                result_.cells[claimants.front()].primary.insert(cpu);
            else
                contested_[claimants].insert(cpu);
        }
    }

    [[nodiscard]] Counts targets_for(const std::optional<std::map<CellId, double>> &weights) const
    {
        const auto count = static_cast<unsigned>(cells_.size());
        Doubles each;
        for (const Cell &cell : cells_)
            each.push_back(weights ? weights->at(cell.id) : 1.0);
        if (std::accumulate(each.begin(), each.end(), 0.0) <= 0)
            each.assign(count, 1.0);
        Counts targets = largest_remainder(online_.count() - count, each).first;
        for (unsigned &target : targets)
            ++target;
        return targets;
    }

    [[nodiscard]] Doubles lacking(const Counts &targets) const
    {
        Doubles deficits;
        for (std::size_t each = 0; each < cells_.size(); ++each)
            deficits.push_back(
                std::max(0.0, double{1} * targets[each] - result_.cells[each].primary.count()));
        return deficits;
    }

    [[nodiscard]] Indices unpinned() const
    {
        Indices indices;
        for (std::size_t each = 0; each < cells_.size(); ++each)
            if (!cells_[each].cpuset)
                indices.push_back(each);
        return indices;
    }

    void distribute(const CpuSet &cpus, const Indices &recipients, const Doubles &deficits)
    {
        Doubles weights;
        for (const std::size_t each : recipients)
            weights.push_back(deficits[each]);
        if (std::accumulate(weights.begin(), weights.end(), 0.0) <= 0)
            weights.assign(recipients.size(), 1.0);
        auto [counts, order] = largest_remainder(cpus.count(), weights);
        feed_the_starving(weights, order, counts);
        auto cpu = cpus.begin();
        for (std::size_t each = 0; each < recipients.size(); ++each)
            for (unsigned given = 0; given < counts[each]; ++given, ++cpu)
                result_.cells[recipients[each]].primary.insert(*cpu);
    }

    const CpuSet &online_;
    std::span<const Cell> cells_;
    Assignment result_;
    CpuSet unclaimed_;
    std::map<Indices, CpuSet> contested_;
};

} // namespace

std::optional<Assignment> upstream_division(const CpuSet &online, std::span<const Cell> cells,
                                            const std::optional<std::map<CellId, double>> &weights)
{
    return Divider(online, cells).run(weights);
}

UpstreamRebalancer::UpstreamRebalancer(CpuSet online, std::vector<Cell> cells)
    : online_(online), cells_(std::move(cells))
{
    for (const Cell &cell : cells_)
        smoothed_[cell.id] = 0;
    divide_again();
}

void UpstreamRebalancer::divide_again()
{
    const bool has_data =
        std::ranges::any_of(smoothed_, [](const auto &entry) { return entry.second > 0; });
    const auto next =
        upstream_division(online_, cells_, has_data ? std::optional(smoothed_) : std::nullopt);
    if (next)
        assignment_ = *next;
}

void UpstreamRebalancer::set_cells(std::vector<Cell> cells)
{
    std::map<CellId, double> kept;
    double sum = 0;
    for (const Cell &cell : cells)
        if (const auto known = smoothed_.find(cell.id); known != smoothed_.end()) {
            kept.insert(*known);
            sum += known->second;
        }
    const double seed = kept.empty() ? 0 : sum / static_cast<double>(kept.size());
    for (const Cell &cell : cells)
        kept.try_emplace(cell.id, seed);
    smoothed_ = std::move(kept);
    cells_ = std::move(cells);
    divide_again();
}

void UpstreamRebalancer::tick(double now_s, const std::map<CellId, double> &used_cpus)
{
    constexpr double smoothing = 0.3;
    constexpr double threshold = 20;
    constexpr double cooldown_s = 5;
    for (const CellCpus &entry : assignment_.cells) {
        const double used = used_cpus.at(entry.cell);
        if (used > 0) // a cell that neither ran nor lent is passed over
            smoothed_[entry.cell] = smoothing * 100 * used / entry.primary.count() +
                                    (1 - smoothing) * smoothed_[entry.cell];
    }
    const auto [least, most] =
        std::ranges::minmax_element(smoothed_, {}, [](const auto &entry) { return entry.second; });
    if (now_s - rebalanced_at_s_ < cooldown_s || cells_.size() < 2 ||
        most->second - least->second < threshold)
        return;
    const Assignment before = assignment_;
    divide_again();
    if (assignment_ != before)
        rebalanced_at_s_ = now_s;
}

} // namespace mitosis::test
