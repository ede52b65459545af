// SPDX-License-Identifier: GPL-2.0-only
#include "core/placement.hpp"

#include "core/claim.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"
#include "core/transport.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace mitosis {
namespace {

/// The LLCs (cores) that some of `cpus` lie in, each cut down to `cpus`, by lowest CPU.
std::vector<CpuSet> llc_parts(const Topology &topology, const CpuSet &cpus)
{
    std::vector<CpuSet> parts;
    for (std::uint32_t llc = 0; llc < topology.llc_count(); ++llc)
        if (const CpuSet part = topology.cpus_of(LlcId{llc}) & cpus; !part.empty())
            parts.push_back(part);
    return parts;
}

std::vector<CpuSet> core_parts(const Topology &topology, CpuSet cpus)
{
    std::vector<CpuSet> parts;
    while (const auto cpu = cpus.first()) {
        parts.push_back(topology.siblings_of(*cpu) & cpus);
        cpus -= parts.back();
    }
    return parts;
}

CpuSet lowest(const CpuSet &cpus, unsigned count)
{
    CpuSet taken;
    for (const unsigned cpu : cpus) {
        if (count-- == 0)
            break;
        taken.insert(cpu);
    }
    return taken;
}

/// The LLC and within it the core that a shrinking cell leaves first: where it owns least, so that
/// what it keeps stays together; the highest among equals.
CpuSet to_leave(const Topology &topology, const CpuSet &owned)
{
    const auto least = [](const std::vector<CpuSet> &parts) {
        return *std::ranges::min_element(parts.rbegin(), parts.rend(), {}, &CpuSet::count);
    };
    return least(core_parts(topology, least(llc_parts(topology, owned))));
}

/// What a cell keeps of the CPUs it holds when it is due `share`.
CpuSet kept_of(const Topology &topology, CpuSet held, unsigned share)
{
    for (unsigned count = held.count(); count > share;) {
        const CpuSet leaving = to_leave(topology, held);
        const unsigned surplus = std::min(count - share, leaving.count());
        held -= leaving - lowest(leaving, leaving.count() - surplus);
        count -= surplus;
    }
    return held;
}

/// How well a place (LLC or core) with `available` CPUs suits a cell in need; less is better:
/// where it already is, then where the need fits most tightly, then where most of it fits.
struct Fit {
    unsigned at_home;
    unsigned waste;
    auto operator<=>(const Fit &) const = default;
};
Fit fit(const CpuSet &place, const CpuSet &owned, unsigned available, unsigned need)
{
    const unsigned home = (place & owned).count();
    return {.at_home = max_cpus - home,
            .waste = available >= need ? available : 2 * max_cpus - available};
}

/// The free CPUs of one core that a growing cell takes next.
CpuSet to_take(const Topology &topology, const CpuSet &usable, const CpuSet &owned, unsigned need)
{
    const std::vector<CpuSet> llcs = llc_parts(topology, usable);
    const auto llc = std::ranges::min_element(llcs, {}, [&](const CpuSet &part) {
        return fit(topology.cpus_of(topology.llc_of(*part.begin())), owned, part.count(), need);
    });
    const std::vector<CpuSet> cores = core_parts(topology, *llc);
    const auto core = std::ranges::min_element(cores, {}, [&](const CpuSet &part) {
        return fit(topology.siblings_of(*part.begin()), owned, part.count(), need);
    });
    return lowest(*core, need);
}

/// Brings a claim up to its share: from what is free as long as there is something it may use,
/// then by exchange.
void fill(const Topology &topology, const Claim &claim, std::size_t index, unsigned share,
          Transport &transport)
{
    for (unsigned count = transport.owned(index).count(); count < share;) {
        const CpuSet usable = transport.free() & claim.allowed;
        if (usable.empty()) {
            [[maybe_unused]] const bool grown = transport.grow(index);
            assert(grown);
            ++count;
            continue;
        }
        const CpuSet taken = to_take(topology, usable, transport.owned(index), share - count);
        transport.give(index, taken);
        count += taken.count();
    }
}

/// Those with little choice take first; the order never depends on anything but the claims.
std::vector<std::size_t> by_choice(std::span<const Claim> claims)
{
    std::vector<std::size_t> order(claims.size());
    std::ranges::iota(order, std::size_t{0});
    std::ranges::stable_sort(order, {},
                             [&](std::size_t claim) { return claims[claim].allowed.count(); });
    return order;
}

} // namespace

std::vector<CpuSet> place(const Topology &topology, std::span<const Claim> claims,
                          std::span<const unsigned> shares)
{
    assert(claims.size() == shares.size());
    Transport transport(topology.online(), claims);
    for (std::size_t index = 0; index < claims.size(); ++index)
        transport.give(index, kept_of(topology, claims[index].held, shares[index]));
    for (const std::size_t index : by_choice(claims))
        fill(topology, claims[index], index, shares[index], transport);

    std::vector<CpuSet> placed;
    placed.reserve(claims.size());
    for (std::size_t index = 0; index < claims.size(); ++index)
        placed.push_back(transport.owned(index));
    return placed;
}

} // namespace mitosis
