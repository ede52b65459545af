// SPDX-License-Identifier: GPL-2.0-only
#include "core/transport.hpp"

#include "core/claim.hpp"
#include "core/cpu_set.hpp"

#include <cassert>
#include <cstddef>
#include <deque>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace mitosis {

/// A claim is reached when somebody before it on the chain could take one of its CPUs.
struct Transport::Visit {
    static constexpr int unreached = std::numeric_limits<int>::max();
    int cost = unreached;    // of the chain so far
    unsigned loses = 0;      // the CPU that the claim would hand over
    std::size_t to = nobody; // and to whom
    bool is_queued = false;
};

Transport::Transport(const CpuSet &cpus, std::span<const Claim> claims)
    : claims_(claims), free_(cpus), owned_(claims.size()), owner_(max_cpus, nobody),
      holder_(max_cpus, nobody)
{
    for (std::size_t claim = 0; claim < claims.size(); ++claim)
        for (const unsigned cpu : claims[claim].held)
            holder_[cpu] = claim;
}

void Transport::give(std::size_t claim, const CpuSet &cpus)
{
    assert(free_.includes(cpus) && claims_[claim].allowed.includes(cpus));
    free_ -= cpus;
    owned_[claim] |= cpus;
    for (const unsigned cpu : cpus)
        owner_[cpu] = claim;
}

bool Transport::grow(std::size_t claim)
{
    if (const auto cpu = spare_cpu(claim)) {
        move(*cpu, claim);
        return true;
    }
    const std::vector<Visit> visits = search(claim);
    std::size_t last = nobody;
    int least = Visit::unreached;
    for (std::size_t end = 0; end < visits.size(); ++end) {
        const auto cpu = visits[end].cost == Visit::unreached ? std::nullopt : spare_cpu(end);
        if (cpu && visits[end].cost + cost(end, *cpu) < least) {
            least = visits[end].cost + cost(end, *cpu);
            last = end;
        }
    }
    if (last == nobody)
        return false;
    const unsigned spare = *spare_cpu(last);
    for (std::size_t giver = last; giver != claim; giver = visits[giver].to)
        move(visits[giver].loses, visits[giver].to);
    move(spare, last);
    return true;
}

/// A free CPU for the claim, one that it held if there is one.
std::optional<unsigned> Transport::spare_cpu(std::size_t claim) const
{
    const CpuSet spare = free_ & claims_[claim].allowed;
    const auto returning = (spare & claims_[claim].held).first();
    return returning ? returning : spare.first();
}

/// What it costs that the CPU goes from its owner to the claim: CPUs away from their holder.
int Transport::cost(std::size_t claim, unsigned cpu) const
{
    const std::size_t holder = holder_[cpu];
    return int{holder != nobody && holder == owner_[cpu]} - int{holder == claim};
}

/// The cheapest chains from the claim to every other one, by relaxation (Bellman-Ford on a queue):
/// costs may be negative, but no cycle is, because the flow so far is the cheapest of its size.
std::vector<Transport::Visit> Transport::search(std::size_t claim) const
{
    std::vector<Visit> visits(claims_.size());
    visits[claim].cost = 0;
    std::deque<std::size_t> queue{claim};
    while (!queue.empty()) {
        const std::size_t taker = queue.front();
        queue.pop_front();
        visits[taker].is_queued = false;
        for (const unsigned cpu : claims_[taker].allowed - owned_[taker]) {
            if (owner_[cpu] == nobody)
                continue;
            Visit &giver = visits[owner_[cpu]];
            const int total = visits[taker].cost + cost(taker, cpu);
            if (total >= giver.cost)
                continue;
            giver.cost = total;
            giver.loses = cpu;
            giver.to = taker;
            if (!std::exchange(giver.is_queued, true))
                queue.push_back(owner_[cpu]);
        }
    }
    return visits;
}

void Transport::move(unsigned cpu, std::size_t to)
{
    if (owner_[cpu] != nobody)
        owned_[owner_[cpu]].erase(cpu);
    free_.erase(cpu);
    owned_[to].insert(cpu);
    owner_[cpu] = to;
}

} // namespace mitosis
