// SPDX-License-Identifier: GPL-2.0-only
#include "core/splits.hpp"

#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace mitosis {
namespace {

unsigned beyond_the_first(std::vector<std::uint32_t> &values)
{
    std::ranges::sort(values);
    const auto repeated = std::ranges::unique(values);
    const auto distinct = static_cast<unsigned>(repeated.begin() - values.begin());
    return distinct == 0 ? 0 : distinct - 1;
}

/// Parts of cores less the cores themselves: every part beyond the first of a core is one owner
/// more.
unsigned core_splits(const Topology &topology, std::span<const CpuSet> owned)
{
    unsigned parts = 0;
    CpuSet all;
    const auto count_parts = [&](CpuSet cpus) {
        unsigned count = 0;
        for (; const auto cpu = cpus.first(); ++count)
            cpus -= topology.siblings_of(*cpu);
        return count;
    };
    for (const CpuSet &cpus : owned) {
        parts += count_parts(cpus);
        all |= cpus;
    }
    return parts - count_parts(all);
}

} // namespace

Splits splits_of(const Topology &topology, std::span<const CpuSet> owned)
{
    Splits splits;
    std::vector<std::uint32_t> llcs;
    std::vector<std::uint32_t> nodes;
    for (const CpuSet &cpus : owned) {
        llcs.clear();
        nodes.clear();
        for (const unsigned cpu : cpus) {
            llcs.push_back(index_of(topology.llc_of(cpu)));
            nodes.push_back(topology.node_of(cpu));
        }
        splits.llcs += beyond_the_first(llcs);
        splits.nodes += beyond_the_first(nodes);
    }
    splits.cores = core_splits(topology, owned);
    return splits;
}

} // namespace mitosis
