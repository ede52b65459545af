// SPDX-License-Identifier: GPL-2.0-only
#include "core/topology.hpp"

#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

/// Gives each key the next index at its first sight, and collects the CPUs that share it.
template <class Key> class Grouping {
public:
    std::uint32_t add(const Key &key, unsigned cpu)
    {
        const auto [entry, is_new] =
            index_.try_emplace(key, static_cast<std::uint32_t>(groups_.size()));
        if (is_new)
            groups_.emplace_back();
        groups_[entry->second].insert(cpu);
        return entry->second;
    }
    [[nodiscard]] std::vector<CpuSet> take() && { return std::move(groups_); }

private:
    std::map<Key, std::uint32_t> index_;
    std::vector<CpuSet> groups_;
};

Result<void> check(std::span<const CpuPlace> by_cpu)
{
    if (by_cpu.empty())
        return fail(EINVAL, "topology without a CPU");
    if (by_cpu.back().cpu >= max_cpus)
        return fail(EINVAL, "CPU " + std::to_string(by_cpu.back().cpu) + " is beyond the limit");
    const auto twice = std::ranges::adjacent_find(by_cpu, {}, &CpuPlace::cpu);
    if (twice != by_cpu.end())
        return fail(EINVAL, "CPU " + std::to_string(twice->cpu) + " is listed twice");
    return {};
}

} // namespace

Result<Topology> Topology::from_places(std::span<const CpuPlace> places)
{
    std::vector<CpuPlace> by_cpu(places.begin(), places.end());
    std::ranges::sort(by_cpu, {}, &CpuPlace::cpu);
    if (auto sound = check(by_cpu); !sound)
        return std::unexpected(std::move(sound).error());

    Topology topology;
    Grouping<std::uint32_t> cores;
    Grouping<std::uint32_t> llcs;
    Grouping<std::uint32_t> nodes;
    topology.seats_.resize(std::size_t{by_cpu.back().cpu} + 1);
    for (const CpuPlace &place : by_cpu) {
        topology.online_.insert(place.cpu);
        topology.seats_[place.cpu] = {.core = cores.add(place.core, place.cpu),
                                      .llc = LlcId{llcs.add(place.llc, place.cpu)},
                                      .node = place.node,
                                      .node_index = nodes.add(place.node, place.cpu),
                                      .kind = place.kind};
    }
    topology.cores_ = std::move(cores).take();
    topology.llcs_ = std::move(llcs).take();
    topology.nodes_ = std::move(nodes).take();
    return topology;
}

std::vector<CpuPlace> Topology::places() const
{
    std::vector<CpuPlace> places;
    places.reserve(online_.count());
    for (const unsigned cpu : online_) {
        const Seat &seat = seats_[cpu];
        places.push_back({.cpu = cpu,
                          .core = seat.core,
                          .llc = index_of(seat.llc),
                          .node = seat.node,
                          .kind = seat.kind});
    }
    return places;
}

Result<Topology> Topology::restricted_to(const CpuSet &cpus) const
{
    std::vector<CpuPlace> left = places();
    std::erase_if(left, [&cpus](const CpuPlace &place) { return !cpus.contains(place.cpu); });
    return from_places(left);
}

LlcId Topology::llc_of(unsigned cpu) const
{
    assert(online_.contains(cpu));
    return seats_[cpu].llc;
}

std::uint32_t Topology::node_of(unsigned cpu) const
{
    assert(online_.contains(cpu));
    return seats_[cpu].node;
}

const CpuSet &Topology::siblings_of(unsigned cpu) const
{
    assert(online_.contains(cpu));
    return cores_[seats_[cpu].core];
}

const CpuSet &Topology::node_around(unsigned cpu) const
{
    assert(online_.contains(cpu));
    return nodes_[seats_[cpu].node_index];
}

const CpuSet &Topology::cpus_of(LlcId llc) const
{
    assert(index_of(llc) < llcs_.size());
    return llcs_[index_of(llc)];
}

} // namespace mitosis
