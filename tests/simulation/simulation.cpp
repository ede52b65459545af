// SPDX-License-Identifier: GPL-2.0-only
#include "simulation/simulation.hpp"

#include "simulation/hindsight.hpp"
#include "simulation/loads.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/claim.hpp"
#include "core/config.hpp"
#include "core/cpu_set.hpp"
#include "core/decide.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "core/quota.hpp"
#include "core/sample.hpp"
#include "core/topology.hpp"
#include "support/builders.hpp"
#include "support/upstream_rule.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <format>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::test {
namespace {

using Demand = std::map<CellId, double>;

Demand living(const Moment &moment)
{
    Demand demand;
    for (std::size_t index = 0; index < moment.demand.size(); ++index)
        if (moment.demand[index] >= 0)
            demand[CellId{static_cast<std::uint32_t>(index)}] = moment.demand[index];
    return demand;
}

unsigned share(const Assignment &assignment, CellId cell)
{
    const CellCpus *entry = assignment.find(cell);
    return entry != nullptr ? entry->primary.count() : 0;
}

/// What an all-knowing rule would hand out, in fractions of CPUs.
std::map<CellId, double> due_of(const Demand &demand)
{
    std::vector<Claim> claims;
    for (const auto &[cell, cpus] : demand)
        claims.push_back({.cell = cell,
                          .allowed = CpuSet::range(0, simulated_cpus - 1),
                          .demand = std::max(cpus, 0.01)});
    const auto due = quotas(simulated_cpus, claims);
    std::map<CellId, double> by_cell;
    for (std::size_t index = 0; index < claims.size(); ++index)
        by_cell[claims[index].cell] = due[index];
    return by_cell;
}

/// Something that owns the CPUs and is told what happened.
class Owner {
public:
    virtual ~Owner() = default;
    virtual void tick(double now_s, double tick_s, const Demand &demand) = 0;
    [[nodiscard]] virtual const Assignment &assignment() const = 0;
};

class Ours final : public Owner {
public:
    explicit Ours(double tick_s)
    {
        config_.cell_parent_cgroup = "/work";
        config_.monitor_interval = std::chrono::duration<double>(tick_s);
        config_.rebalancing.enabled = true;
        state_.cells = CellTable(16);
    }
    void tick(double now_s, double tick_s, const Demand &demand) override
    {
        run(tick_s, demand);
        Inputs inputs{.now = at(now_s), .sample = {}, .scan = scan_of(demand)};
        if (state_.generation > 0)
            inputs.sample = sample(now_s);
        decide(config_, topology_, state_, std::move(inputs), decision_);
        std::swap(state_, decision_.next);
    }
    [[nodiscard]] const Assignment &assignment() const override { return state_.applied; }

private:
    /// Every task runs where its cell has CPUs, evenly; what finds none waits.
    void run(double tick_s, const Demand &demand)
    {
        for (const auto &[cell, cpus] : demand) {
            const CellCpus *entry = state_.applied.find(cell);
            if (entry == nullptr || entry->primary.empty())
                continue;
            const double used = std::min(cpus, double{1} * entry->primary.count());
            CellSample &sample = counters_[cell];
            sample.run_ns_by_cpu.resize(simulated_cpus, 0);
            const auto each_ns =
                static_cast<std::uint64_t>(used * tick_s * 1e9 / entry->primary.count());
            for (const unsigned cpu : entry->primary)
                sample.run_ns_by_cpu[cpu] += each_ns;
            sample.total.run_ns += each_ns * entry->primary.count();
            sample.total.wait_ns += static_cast<std::uint64_t>((cpus - used) * tick_s * 1e9);
            sample.total.waits += static_cast<std::uint64_t>(std::ceil(cpus - used));
        }
    }
    [[nodiscard]] Sample sample(double now_s)
    {
        Sample sample{.taken_at = at(now_s), .cells = {}, .drained = {}};
        sample.drained.assign(state_.cells.retired().begin(), state_.cells.retired().end());
        for (const Cell &cell : state_.cells.cells()) {
            counters_[cell.id].cell = cell.id;
            sample.cells.push_back(counters_[cell.id]);
        }
        return sample;
    }
    static CgroupScan scan_of(const Demand &demand)
    {
        CgroupScan found{.parent_present = true, .children = {}};
        for (const auto &[cell, cpus] : demand)
            if (cell != root_cell)
                found.children.push_back(
                    entry(100 + index_of(cell), "/work/" + std::to_string(index_of(cell))));
        return found;
    }

    Config config_;
    Topology topology_ = topology(2, simulated_cpus / 2, 1);
    KnownState state_;
    Decision decision_;
    std::map<CellId, CellSample> counters_;
};

class Upstreams final : public Owner {
public:
    explicit Upstreams(const Demand &demand)
        : rebalancer_(CpuSet::range(0, simulated_cpus - 1), cells_of(demand)), known_(demand)
    {
    }
    void tick(double now_s, double /*tick_s*/, const Demand &demand) override
    {
        const auto ids = [](const Demand &cells) {
            std::vector<CellId> result;
            for (const auto &[cell, cpus] : cells)
                result.push_back(cell);
            return result;
        };
        if (ids(demand) != ids(known_))
            rebalancer_.set_cells(cells_of(demand));
        known_ = demand;
        std::map<CellId, double> used;
        for (const auto &[cell, cpus] : demand)
            used[cell] = std::min(cpus, double{1} * share(rebalancer_.assignment(), cell));
        rebalancer_.tick(now_s, used);
    }
    [[nodiscard]] const Assignment &assignment() const override { return rebalancer_.assignment(); }

private:
    static std::vector<Cell> cells_of(const Demand &demand)
    {
        std::vector<Cell> cells;
        for (const auto &[id, cpus] : demand)
            cells.push_back(cell(index_of(id)));
        return cells;
    }
    UpstreamRebalancer rebalancer_;
    Demand known_;
};

std::unique_ptr<Owner> owner_for(Rule rule, double tick_s, const Demand &demand)
{
    if (rule == Rule::ours)
        return std::make_unique<Ours>(tick_s);
    return std::make_unique<Upstreams>(demand);
}

/// Half the sum of differences: CPUs that sit with the wrong cell.
double misplaced(const Assignment &assignment, const std::map<CellId, double> &due)
{
    double sum = 0;
    for (const auto &[cell, cpus] : due)
        sum += std::abs(share(assignment, cell) - cpus);
    return sum / 2;
}

double lacking(const Assignment &assignment, const Demand &demand)
{
    double sum = 0;
    for (const auto &[cell, cpus] : demand)
        sum += std::max(0.0, cpus - share(assignment, cell));
    return sum;
}

/// Those that are due more than before.
std::vector<CellId> grown_cells(const std::map<CellId, double> &before,
                                const std::map<CellId, double> &now)
{
    std::vector<CellId> grown;
    for (const auto &[cell, cpus] : now)
        if (const auto known = before.find(cell); known != before.end() && cpus > known->second)
            grown.push_back(cell);
    return grown;
}

/// What cells that stay have to give away.
unsigned straight(const std::map<CellId, double> &first, const std::map<CellId, double> &last)
{
    double loss = 0;
    for (const auto &[cell, cpus] : last)
        if (const auto before = first.find(cell); before != first.end())
            loss += std::max(0.0, std::round(before->second) - std::round(cpus));
    return static_cast<unsigned>(loss);
}

} // namespace

Outcome simulate(const Scenario &scenario, double tick_s, Rule rule)
{
    const auto owner = owner_for(rule, tick_s, living(scenario.at(0)));
    Outcome outcome;
    Assignment before;
    std::map<CellId, double> due;
    std::vector<CellId> grown;
    double changed_at = 0;
    double unsettled_at = 0;
    const auto ticks = static_cast<unsigned>(std::lround(scenario.duration_s / tick_s));
    for (unsigned tick = 0; tick < ticks; ++tick) {
        const double now_s = tick * tick_s;
        const Demand demand = living(scenario.at(now_s));
        owner->tick(now_s, tick_s, demand);
        const Assignment &now = owner->assignment();
        if (auto latest = due_of(demand); latest != due) {
            grown = grown_cells(due, latest);
            outcome.least += straight(due, latest);
            due = std::move(latest);
            changed_at = now_s;
            outcome.overshoot = 0;
        }
        if (const unsigned moved = moved_cpus(before, now); moved > 0) {
            outcome.moved += moved;
            ++outcome.rebalances;
            if (now_s >= scenario.duration_s * 2 / 3)
                outcome.moved_late += moved;
        }
        before = now;
        if (misplaced(now, due) > 1)
            unsettled_at = now_s + tick_s;
        for (const CellId cell : grown)
            outcome.overshoot =
                std::max(outcome.overshoot, share(now, cell) - std::ceil(due[cell]));
        outcome.share_error += misplaced(now, due) / simulated_cpus / ticks;
        outcome.starved += lacking(now, demand) / ticks;
        if (std::fmod(now_s + tick_s / 2, 5) < tick_s)
            outcome.series.push_back(share(now, CellId{1}));
    }
    outcome.loss = outcome.starved * scenario.duration_s + loss_of_a_move * outcome.moved;
    outcome.settling_s = std::max(0.0, unsettled_at - changed_at);
    return outcome;
}

std::string to_line(const Outcome &outcome)
{
    std::string line = std::format("settling {:5.1f} s  overshoot {:4.1f}  moved {:3} (least {:3}, "
                                   "late {:2})  times {:2}  share error "
                                   "{:4.1f}%  starved {:4.2f} CPUs  loss {:4.0f} CPU s  series",
                                   outcome.settling_s, outcome.overshoot, outcome.moved,
                                   outcome.least, outcome.moved_late, outcome.rebalances,
                                   100 * outcome.share_error, outcome.starved, outcome.loss);
    for (const unsigned cpus : outcome.series)
        line += " " + std::to_string(cpus);
    return line;
}

} // namespace mitosis::test
