// SPDX-License-Identifier: GPL-2.0-only
#include "core/apportion.hpp"

#include "core/claim.hpp"
#include "core/cpu_kinds.hpp"
#include "core/transport.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <queue>
#include <span>
#include <tuple>
#include <vector>

namespace mitosis {
namespace {

enum class Phase { first_cpu, minimum, quota, overflow };

/// A claim's wish for its next CPU. The cost is a lower bound of what granting it costs.
struct Bid {
    Phase phase;
    double value;
    int cost;
    std::size_t claim;
    /// Later in the order of granting.
    friend bool operator<(const Bid &a, const Bid &b)
    {
        return std::tuple(b.phase, a.value, b.cost, b.claim) <
               std::tuple(a.phase, b.value, a.cost, a.claim);
    }
};

/// Rounded, so that what is equal but for the error of computing is equal.
double quotient(double quota, unsigned share)
{
    constexpr double steps = 1e9;
    return std::round(quota / (2.0 * share + 1.0) * steps);
}

/// Who is first to get one CPU: the root cell, then cells with tasks.
double rank(std::span<const Claim> claims, std::size_t claim)
{
    if (claim == 0)
        return std::numeric_limits<double>::infinity();
    return claims[claim].populated ? 1.0 : 0.0;
}

std::optional<Bid> next_bid(std::span<const Claim> claims, std::span<const double> quotas,
                            std::size_t claim, unsigned share)
{
    constexpr int least_cost = -1;
    Bid bid{.phase = Phase::quota, .value = 0, .cost = least_cost, .claim = claim};
    if (share == 0) {
        bid.phase = Phase::first_cpu;
        bid.value = rank(claims, claim);
    } else if (share < claims[claim].minimum) {
        bid.phase = Phase::minimum;
        bid.value = -static_cast<double>(share);
    } else if (share < claims[claim].maximum) {
        bid.value = quotient(quotas[claim], share);
    } else if (claim == 0) {
        bid.phase = Phase::overflow;
    } else {
        return std::nullopt;
    }
    return bid;
}

std::vector<int> likely_surplus(std::span<const Claim> claims, std::span<const double> quotas)
{
    std::vector<int> surplus;
    for (std::size_t claim = 0; claim < claims.size(); ++claim)
        surplus.push_back(static_cast<int>(claims[claim].held.count()) -
                          static_cast<int>(std::lround(quotas[claim])));
    return surplus;
}

Shares shares_of(const Transport &transport, const CpuKinds &kinds, std::size_t claim_count)
{
    Shares shares{.count = std::vector<unsigned>(claim_count, 0),
                  .parts = std::vector<std::vector<Shares::Part>>(claim_count)};
    for (std::size_t kind = 0; kind < kinds.kinds.size(); ++kind)
        for (const auto &[claim, units] : transport.owners(kind)) {
            shares.count[claim] += static_cast<unsigned>(units);
            shares.parts[claim].push_back({.kind = kind, .count = static_cast<unsigned>(units)});
        }
    return shares;
}

} // namespace

/// Costs only rise, so a bid whose cost turns out higher than thought goes back to its place among
/// its equals; the first whose cost is as thought is the cheapest of them.
Shares apportion(const CpuKinds &kinds, std::span<const Claim> claims,
                 std::span<const double> quotas)
{
    Transport transport(kinds, likely_surplus(claims, quotas));
    std::vector<unsigned> share(claims.size(), 0);
    std::priority_queue<Bid> bids;
    for (std::size_t claim = 0; claim < claims.size(); ++claim)
        bids.push(*next_bid(claims, quotas, claim, 0));
    while (!bids.empty()) {
        Bid bid = bids.top();
        bids.pop();
        const auto chain = transport.find(bid.claim);
        if (!chain)
            continue;
        if (chain->cost > bid.cost) {
            bid.cost = chain->cost;
            bids.push(bid);
            continue;
        }
        transport.apply(*chain);
        if (const auto next = next_bid(claims, quotas, bid.claim, ++share[bid.claim]))
            bids.push(*next);
    }
    return shares_of(transport, kinds, claims.size());
}

} // namespace mitosis
