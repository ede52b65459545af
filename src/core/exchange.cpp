// SPDX-License-Identifier: GPL-2.0-only
#include "core/exchange.hpp"

#include "core/claim.hpp"
#include "core/cpu_kinds.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

/// How many CPUs each claim owns at each of the places of one kind (LLCs, nodes, cores). Kept in
/// one row per place: exchanging looks here some twenty times per pair of CPUs.
class Presence {
public:
    /// `place_of` gives any key, equal for CPUs of the same place.
    Presence(const CpuSet &cpus, std::size_t claims,
             const std::function<std::uint32_t(unsigned cpu)> &place_of)
        : claims_(claims), place_(std::size_t{*cpus.last()} + 1, 0)
    {
        std::map<std::uint32_t, std::size_t> known;
        for (const unsigned cpu : cpus)
            place_[cpu] = known.try_emplace(place_of(cpu), known.size()).first->second;
        count_.resize(known.size() * claims, 0);
    }
    /// Brings the count at the CPU's place up or down and tells how many more (place, claim) pairs
    /// there are.
    int change(unsigned cpu, std::size_t claim, int by)
    {
        int &count = count_[place_[cpu] * claims_ + claim];
        const bool was_there = count > 0;
        count += by;
        return int{count > 0} - int{was_there};
    }

private:
    std::size_t claims_;
    std::vector<std::size_t> place_; // by CPU
    std::vector<int> count_;
};

class Exchanger {
public:
    Exchanger(const Topology &topology, std::span<const Claim> claims,
              const std::vector<CpuSet> &owned)
        : claims_(claims), owner_(std::size_t{*topology.online().last()} + 1, nobody),
          llcs_(topology.online(), owned.size(),
                [&](unsigned cpu) { return index_of(topology.llc_of(cpu)); }),
          nodes_(topology.online(), owned.size(),
                 [&](unsigned cpu) { return topology.node_of(cpu); }),
          cores_(topology.online(), owned.size(),
                 [&](unsigned cpu) { return *topology.siblings_of(cpu).first(); })
    {
        for (std::size_t claim = 0; claim < owned.size(); ++claim)
            for (const unsigned cpu : owned[claim]) {
                owner_[cpu] = claim;
                (void)presence_changed(cpu, claim, 1); // only the counts matter here
            }
    }

    /// Exchanges the owners of two CPUs if that helps.
    bool try_exchange(unsigned a, unsigned b)
    {
        const std::size_t of_a = owner_[a];
        const std::size_t of_b = owner_[b];
        if (of_a == of_b || !claims_[of_b].allowed.contains(a) ||
            !claims_[of_a].allowed.contains(b) ||
            kept(a, of_b) + kept(b, of_a) < kept(a, of_a) + kept(b, of_b))
            return false;
        const int missed = misses(a, of_b) + misses(b, of_a) - misses(a, of_a) - misses(b, of_b);
        if (std::tuple_cat(std::tuple(missed), exchanged(a, b)) < std::tuple(0, 0, 0, 0))
            return true;
        (void)exchanged(a, b); // back
        return false;
    }
    [[nodiscard]] std::size_t owner(unsigned cpu) const { return owner_[cpu]; }

private:
    using Change = std::tuple<int, int, int>; // in LLC, node and core splits

    [[nodiscard]] int kept(unsigned cpu, std::size_t claim) const
    {
        return int{claims_[claim].held.contains(cpu)};
    }
    [[nodiscard]] int misses(unsigned cpu, std::size_t claim) const
    {
        return int{!claims_[claim].preferred.empty() && !claims_[claim].preferred.contains(cpu)};
    }
    Change presence_changed(unsigned cpu, std::size_t claim, int by)
    {
        const int llcs = llcs_.change(cpu, claim, by);
        const int nodes = nodes_.change(cpu, claim, by);
        const int cores = cores_.change(cpu, claim, by);
        return {llcs, nodes, cores};
    }
    Change exchanged(unsigned a, unsigned b)
    {
        Change sum{0, 0, 0};
        const auto add = [&](const Change &change) {
            std::get<0>(sum) += std::get<0>(change);
            std::get<1>(sum) += std::get<1>(change);
            std::get<2>(sum) += std::get<2>(change);
        };
        add(presence_changed(a, owner_[a], -1));
        add(presence_changed(b, owner_[b], -1));
        std::swap(owner_[a], owner_[b]);
        add(presence_changed(a, owner_[a], 1));
        add(presence_changed(b, owner_[b], 1));
        return sum;
    }

    std::span<const Claim> claims_;
    std::vector<std::size_t> owner_; // by CPU
    Presence llcs_;
    Presence nodes_;
    Presence cores_;
};

bool improve_once(const CpuSet &cpus, Exchanger &exchanger)
{
    bool improved = false;
    for (const unsigned a : cpus)
        for (const unsigned b : cpus)
            if (a < b)
                improved = exchanger.try_exchange(a, b) || improved;
    return improved;
}

} // namespace

void exchange(const Topology &topology, std::span<const Claim> claims, std::vector<CpuSet> &owned)
{
    Exchanger exchanger(topology, claims, owned);
    while (improve_once(topology.online(), exchanger)) {
    }
    for (CpuSet &cpus : owned)
        cpus = {};
    for (const unsigned cpu : topology.online())
        owned[exchanger.owner(cpu)].insert(cpu);
}

} // namespace mitosis
