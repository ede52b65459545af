// SPDX-License-Identifier: GPL-2.0-only
#include "core/apportion.hpp"

#include "core/claim.hpp"
#include "core/cpu_set.hpp"
#include "core/transport.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

namespace mitosis {
namespace {

/// Who is asked first when shares rise to `level`: holders of that many CPUs lose none needlessly.
/// The root cell comes before all on level 1, since it must not be left without a CPU.
void order_for_level(std::vector<std::size_t> &growing, unsigned level,
                     std::span<const unsigned> held)
{
    std::ranges::sort(growing);
    std::ranges::stable_partition(growing, [&](std::size_t claim) {
        return held[claim] >= level || (claim == 0 && level == 1);
    });
}

std::vector<unsigned> counts_held(std::span<const Claim> claims)
{
    std::vector<unsigned> held;
    for (const Claim &claim : claims)
        held.push_back(claim.held.count());
    return held;
}

/// Only numbers are asked for here: nobody's present CPUs are worth more than others.
std::vector<Claim> without_holders(std::span<const Claim> claims)
{
    std::vector<Claim> bare(claims.begin(), claims.end());
    for (Claim &claim : bare)
        claim.held = {};
    return bare;
}

} // namespace

/// Shares rise level by level, and a claim that cannot rise once never can again: the sets of
/// claims that can be served together form a matroid, on which this greedy is exact.
std::vector<unsigned> apportion_equally(const CpuSet &cpus, std::span<const Claim> claims)
{
    const std::vector<Claim> bare = without_holders(claims);
    const std::vector<unsigned> held = counts_held(claims);
    Transport transport(cpus, bare);
    std::vector<unsigned> shares(claims.size(), 0);
    std::vector<std::size_t> growing(claims.size());
    std::ranges::iota(growing, std::size_t{0});
    for (unsigned level = 1; !growing.empty() && !transport.free().empty(); ++level) {
        order_for_level(growing, level, held);
        for (const std::size_t claim : growing)
            if (transport.grow(claim))
                shares[claim] = level;
        std::erase_if(growing, [&](std::size_t claim) { return shares[claim] < level; });
    }
    return shares;
}

} // namespace mitosis
