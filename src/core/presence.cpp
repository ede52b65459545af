// SPDX-License-Identifier: GPL-2.0-only
#include "core/presence.hpp"

#include "core/claim.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>

namespace mitosis {

Presence::Places::Places(const CpuSet &cpus, std::size_t claims,
                         const std::function<std::uint32_t(unsigned cpu)> &place_of)
    : claims_(claims), place_(std::size_t{*cpus.last()} + 1, 0)
{
    std::map<std::uint32_t, std::size_t> known;
    for (const unsigned cpu : cpus)
        place_[cpu] = known.try_emplace(place_of(cpu), known.size()).first->second;
    count_.resize(known.size() * claims, 0);
}

int Presence::Places::change(unsigned cpu, std::size_t claim, int by)
{
    int &count = count_[place_[cpu] * claims_ + claim];
    const bool was_there = count > 0;
    count += by;
    return int{count > 0} - int{was_there};
}

Presence::Presence(const Topology &topology, std::size_t claims)
    : llcs_(topology.online(), claims,
            [&](unsigned cpu) { return index_of(topology.llc_of(cpu)); }),
      nodes_(topology.online(), claims, [&](unsigned cpu) { return topology.node_of(cpu); }),
      cores_(topology.online(), claims,
             [&](unsigned cpu) { return *topology.siblings_of(cpu).first(); })
{
}

Presence::Change Presence::change(unsigned cpu, std::size_t claim, int by)
{
    const int llcs = llcs_.change(cpu, claim, by);
    const int nodes = nodes_.change(cpu, claim, by);
    const int cores = cores_.change(cpu, claim, by);
    return {llcs, nodes, cores};
}

Presence::Change sum_of(const Presence::Change &a, const Presence::Change &b)
{
    const auto [a_llcs, a_nodes, a_cores] = a;
    const auto [b_llcs, b_nodes, b_cores] = b;
    return {a_llcs + b_llcs, a_nodes + b_nodes, a_cores + b_cores};
}

int keeps(const Claim &claim, unsigned cpu)
{
    return int{claim.held.contains(cpu)};
}

int misses(const Claim &claim, unsigned cpu)
{
    return int{!claim.preferred.empty() && !claim.preferred.contains(cpu)};
}

} // namespace mitosis
