// SPDX-License-Identifier: GPL-2.0-only
#include "core/transport.hpp"

#include "core/cpu_kinds.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace mitosis {

/// A claim is reached when somebody before it on the chain could take one of its CPUs.
struct Transport::Visit {
    static constexpr int unreached = std::numeric_limits<int>::max();
    int cost = unreached;       // of the chain so far
    std::size_t taker = nobody; // who would take
    std::size_t kind = 0;       // a CPU of this kind
    bool is_queued = false;
};

Transport::Transport(const CpuKinds &kinds, std::vector<int> surplus)
    : kinds_(kinds), surplus_(std::move(surplus)), owners_(kinds.kinds.size()),
      held_(surplus_.size()), taken_(surplus_.size(), 0), stuck_(kinds.usable.size(), false)
{
    for (std::size_t kind = 0; kind < kinds.kinds.size(); ++kind) {
        free_.push_back(kinds.kinds[kind].cpus.count());
        if (kinds.kinds[kind].holder != nobody)
            held_[kinds.kinds[kind].holder].push_back(kind);
    }
}

int Transport::cost(std::size_t claim, std::size_t kind) const
{
    return kinds_.kinds[kind].holder == claim ? -1 : 0;
}

/// No chain is cheaper than its first hop, since a chain that ends cheaper would mean that some
/// claim could improve by itself. So a held CPU that is free beats all chains, and any free CPU
/// beats them when nobody else was given what the claim holds.
std::optional<Transport::Chain> Transport::find(std::size_t claim)
{
    if (stuck_[kinds_.class_of[claim]])
        return std::nullopt;
    if (const auto kind = free_held(claim))
        return Chain{.hops = {{.taker = claim, .kind = *kind, .giver = nobody}}, .cost = -1};
    if (taken_[claim] == 0)
        if (const auto kind = free_usable(claim))
            return Chain{.hops = {{.taker = claim, .kind = *kind, .giver = nobody}}, .cost = 0};
    const std::vector<Visit> visits = search(claim);
    auto chain = chain_from(claim, visits);
    if (!chain) // whoever it reached finds nothing free either, nor who may use the same CPUs
        for (std::size_t reached = 0; reached < visits.size(); ++reached)
            if (visits[reached].cost != Visit::unreached)
                stuck_[kinds_.class_of[reached]] = true;
    return chain;
}

void Transport::apply(const Chain &chain)
{
    for (const Hop &hop : chain.hops) {
        if (hop.giver == nobody) {
            assert(free_[hop.kind] > 0);
            --free_[hop.kind];
        } else {
            add(hop.giver, hop.kind, -1);
        }
        add(hop.taker, hop.kind, 1);
    }
}

void Transport::add(std::size_t claim, std::size_t kind, int units)
{
    auto &owners = owners_[kind];
    auto owner = std::ranges::find(owners, claim, [](const auto &entry) { return entry.first; });
    if (owner == owners.end())
        owner = owners.emplace(owners.end(), claim, 0);
    owner->second += units;
    assert(owner->second >= 0);
    if (owner->second == 0)
        owners.erase(owner);
    if (const std::size_t holder = kinds_.kinds[kind].holder; holder != nobody && holder != claim)
        taken_[holder] += units;
}

std::optional<std::size_t> Transport::free_held(std::size_t claim) const
{
    const auto kind =
        std::ranges::find_if(held_[claim], [&](std::size_t held) { return free_[held] > 0; });
    return kind == held_[claim].end() ? std::nullopt : std::optional(*kind);
}

/// What is handed out first: what nobody holds, then what its holder is likely to give up.
std::pair<int, int> Transport::appeal(std::size_t kind) const
{
    const std::size_t holder = kinds_.kinds[kind].holder;
    return holder == nobody ? std::pair{1, 0} : std::pair{0, surplus_[holder] - taken_[holder]};
}

std::optional<std::size_t> Transport::free_usable(std::size_t claim) const
{
    std::optional<std::size_t> best;
    for (const std::size_t kind : kinds_.usable_by(claim))
        if (free_[kind] > 0 && (!best || appeal(kind) > appeal(*best)))
            best = kind;
    return best;
}

void Transport::relax(std::size_t taker, std::size_t kind, std::vector<Visit> &visits,
                      std::vector<std::size_t> &queue) const
{
    const int so_far = visits[taker].cost + cost(taker, kind);
    for (const auto &[giver, units] : owners_[kind]) {
        const int total = so_far - cost(giver, kind);
        Visit &visit = visits[giver];
        if (giver == taker || total >= visit.cost)
            continue;
        visit.cost = total;
        visit.taker = taker;
        visit.kind = kind;
        if (!std::exchange(visit.is_queued, true))
            queue.push_back(giver);
    }
}

/// The cheapest chains from the claim to every other one, by relaxation (Bellman-Ford on a queue):
/// costs may be negative, but no cycle is, because what was given so far is the cheapest.
std::vector<Transport::Visit> Transport::search(std::size_t claim) const
{
    std::vector<Visit> visits(held_.size());
    visits[claim].cost = 0;
    std::vector<std::size_t> queue{claim};
    for (std::size_t next = 0; next < queue.size(); ++next) {
        const std::size_t taker = queue[next];
        visits[taker].is_queued = false;
        for (const std::size_t kind : kinds_.usable_by(taker))
            relax(taker, kind, visits, queue);
    }
    return visits;
}

std::optional<Transport::Chain> Transport::chain_from(std::size_t claim,
                                                      const std::vector<Visit> &visits) const
{
    Chain chain{.hops = {}, .cost = Visit::unreached};
    Hop last{.taker = nobody, .kind = 0, .giver = nobody};
    for (std::size_t taker = 0; taker < visits.size(); ++taker) {
        if (visits[taker].cost == Visit::unreached)
            continue;
        const auto held = free_held(taker);
        const auto kind = held ? held : free_usable(taker);
        if (kind && visits[taker].cost + cost(taker, *kind) < chain.cost) {
            chain.cost = visits[taker].cost + cost(taker, *kind);
            last = {.taker = taker, .kind = *kind, .giver = nobody};
        }
    }
    if (last.taker == nobody)
        return std::nullopt;
    chain.hops.push_back(last);
    for (std::size_t giver = last.taker; giver != claim; giver = visits[giver].taker)
        chain.hops.push_back(
            {.taker = visits[giver].taker, .kind = visits[giver].kind, .giver = giver});
    return chain;
}

} // namespace mitosis
