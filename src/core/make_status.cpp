// SPDX-License-Identifier: GPL-2.0-only
#include "core/make_status.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/decide.hpp"
#include "core/ids.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "core/topology.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mitosis {
namespace {

std::vector<LlcId> llcs_of(const Topology &topology, const CpuSet &cpus)
{
    std::vector<LlcId> llcs;
    for (std::uint32_t llc = 0; llc < topology.llc_count(); ++llc)
        if (topology.cpus_of(LlcId{llc}).intersects(cpus))
            llcs.push_back(LlcId{llc});
    return llcs;
}

CellStatus status_of(const Cell &cell, const Topology &topology, const KnownState &state)
{
    CellStatus status{
        .cell = cell, .cpus = {}, .borrowable = {}, .llcs = {}, .counters = {}, .utilization = 0};
    if (const CellCpus *entry = state.applied.find(cell.id)) {
        status.cpus = entry->primary;
        status.borrowable = entry->borrowable;
        status.llcs = llcs_of(topology, entry->primary);
    }
    const CellSample *sample = state.last ? state.last->find(cell.id) : nullptr;
    if (sample == nullptr) // made since the last sample: what is known of its id is another cell's
        return status;
    status.counters = sample->total;
    if (const std::size_t index = index_of(cell.id); index < state.utilization.size())
        status.utilization = state.utilization[index];
    return status;
}

std::string reason_of(const KnownState &state)
{
    if (!state.parent_present)
        return "parent-cgroup-missing";
    if (!state.applied.pooled.empty() || !state.refused.empty())
        return "too-many-cells";
    return "";
}

} // namespace

Status make_status(const Topology &topology, const KnownState &state)
{
    Status status;
    status.reason = reason_of(state);
    status.state = status.reason.empty() ? State::running : State::degraded;
    status.generation = state.generation;
    status.managed = topology.online();
    for (const Cell &cell : state.cells.cells())
        status.cells.push_back(status_of(cell, topology, state));
    status.pooled = state.applied.pooled;
    status.rebalances = state.rebalances;
    status.rebalanced_at = state.rebalanced_at;
    if (state.last)
        status.sampled_at = state.last->taken_at;
    return status;
}

} // namespace mitosis
