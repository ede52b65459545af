// SPDX-License-Identifier: GPL-2.0-only
#include "core/make_status.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/counted.hpp"
#include "core/cpu_set.hpp"
#include "core/decide.hpp"
#include "core/ids.hpp"
#include "core/load.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "core/topology.hpp"

#include <algorithm>
#include <cstddef>
#include <format>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace mitosis {
namespace {

void set_llcs(const Topology &topology, const CpuSet &cpus, std::vector<LlcId> &llcs)
{
    llcs.clear();
    for (CpuSet left = cpus; const auto cpu = left.first();) {
        llcs.push_back(topology.llc_of(*cpu));
        left -= topology.cpus_of(llcs.back());
    }
    std::ranges::sort(llcs);
}

void set_cell(const Cell &cell, const Topology &topology, const KnownState &state,
              CellStatus &status)
{
    status.cell = cell;
    const CellCpus *entry = state.applied.find(cell.id);
    status.cpus = entry != nullptr ? entry->primary : CpuSet{};
    status.borrowable = entry != nullptr ? entry->borrowable : CpuSet{};
    status.lend = entry != nullptr ? entry->lend : Lend::none;
    set_llcs(topology, status.cpus, status.llcs);
    // Made since the last sample: what is known of its id is another cell's.
    const CellSample *sample = state.last ? state.last->find(cell.id) : nullptr;
    status.counters = sample != nullptr ? sample->total : CellCounters{};
    const CellLoad *load = sample != nullptr ? state.loads.find(cell.id) : nullptr;
    status.load = load != nullptr && load->instance == cell.instance ? *load : CellLoad{};
    status.utilization = status.load.utilization;
}

/// What is shown of one kind: a bus message has an end, and so has a reader's patience.
constexpr std::size_t most_warnings = 64;

void set_warnings(std::span<const CpuQuota> quotas, std::vector<Warning> &warnings)
{
    warnings.clear();
    const auto shown = quotas.first(std::min(quotas.size(), most_warnings));
    std::ranges::transform(shown, std::back_inserter(warnings), warning_of);
    if (const std::size_t more = quotas.size() - shown.size(); more > 0)
        warnings.push_back({.kind = WarningKind::cpu_max_not_enforced,
                            .cgroup = "/",
                            .reason = std::format("the same of {}; the journal names them",
                                                  counted(more, "more cgroup"))});
}

std::string_view reason_of(const KnownState &state)
{
    if (!state.parent_present)
        return "parent-cgroup-missing";
    if (!state.applied.pooled.empty() || !state.refused.empty())
        return "too-many-cells";
    return "";
}

} // namespace

void make_status(const Topology &topology, const KnownState &state, Status &status)
{
    status.reason = reason_of(state);
    status.state = status.reason.empty() ? State::running : State::degraded;
    status.generation = state.generation;
    status.managed = topology.online();
    const auto cells = state.cells.cells();
    status.cells.resize(cells.size());
    for (std::size_t index = 0; index < cells.size(); ++index)
        set_cell(cells[index], topology, state, status.cells[index]);
    status.pooled = state.applied.pooled;
    status.unmet = state.unmet;
    set_warnings(state.quotas, status.warnings);
    status.tally = state.tally;
    status.rebalanced_at = state.rebalanced_at;
    status.sampled_at =
        state.last ? std::optional(state.last->taken_at) : std::optional<Clock::time_point>();
}

} // namespace mitosis
