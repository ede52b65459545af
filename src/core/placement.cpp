// SPDX-License-Identifier: GPL-2.0-only
#include "core/placement.hpp"

#include "core/apportion.hpp"
#include "core/claim.hpp"
#include "core/cpu_kinds.hpp"
#include "core/cpu_set.hpp"
#include "core/exchange.hpp"
#include "core/ids.hpp"
#include "core/search.hpp"
#include "core/splits.hpp"
#include "core/topology.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <numeric>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

/// The cores that some of `cpus` lie in, each cut down to `cpus`, by lowest CPU.
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

/// The LLC with least (by `key`) of those that some of `cpus` lie in; the first of equals.
template <class Key> LlcId least_llc(const Topology &topology, CpuSet cpus, const Key &key)
{
    LlcId best = topology.llc_of(*cpus.begin());
    auto least = key(topology.cpus_of(best));
    for (cpus -= topology.cpus_of(best); const auto cpu = cpus.first();) {
        const LlcId llc = topology.llc_of(*cpu);
        if (auto value = key(topology.cpus_of(llc)); value < least) {
            least = std::move(value);
            best = llc;
        }
        cpus -= topology.cpus_of(llc);
    }
    return best;
}

/// The same, but the last of equals.
template <class Key>
LlcId last_of_least(const Topology &topology, const CpuSet &cpus, const Key &key)
{
    // A smaller second part for a later LLC turns ties around.
    return least_llc(topology, cpus, [&](const CpuSet &llc) {
        return std::pair(key(llc), max_cpus - *llc.begin());
    });
}

/// Those that the claim does not prefer, if there are any.
CpuSet unpreferred_first(const Claim &claim, const CpuSet &cpus)
{
    const CpuSet others = claim.preferred.empty() ? CpuSet{} : cpus - claim.preferred;
    return others.empty() ? cpus : others;
}
CpuSet preferred_first(const Claim &claim, const CpuSet &cpus)
{
    const CpuSet preferred = cpus & claim.preferred;
    return preferred.empty() ? cpus : preferred;
}

/// How well a place (node, LLC or core) with `available` CPUs suits a claim in need; less is
/// better: where it already is, then where the need fits most tightly, then where most of it fits.
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

/// The free CPUs that a growing claim takes next, all of one LLC.
CpuSet best_fitting(const Topology &topology, const CpuSet &usable, const CpuSet &owned,
                    unsigned need)
{
    const LlcId llc = least_llc(topology, usable, [&](const CpuSet &cpus) {
        const CpuSet &node = topology.node_around(*cpus.begin());
        return std::pair(fit(cpus, owned, (cpus & usable).count(), need),
                         fit(node, owned, (node & usable).count(), need));
    });
    CpuSet left = topology.cpus_of(llc) & usable;
    CpuSet taken;
    while (need > 0 && !left.empty()) {
        const std::vector<CpuSet> cores = core_parts(topology, left);
        const auto core = std::ranges::min_element(cores, {}, [&](const CpuSet &part) {
            return fit(topology.siblings_of(*part.begin()), owned | taken, part.count(), need);
        });
        const CpuSet of_core = lowest(*core, need);
        taken |= of_core;
        left -= *core;
        need -= of_core.count();
    }
    return taken;
}

/// What there is in the first LLC, core by core: claims then follow one another like beads.
CpuSet next_in_line(const Topology &topology, const CpuSet &usable, const CpuSet & /*owned*/,
                    unsigned need)
{
    CpuSet taken;
    for (const CpuSet &core :
         core_parts(topology, topology.cpus_of(topology.llc_of(*usable.begin())) & usable)) {
        const CpuSet of_core = lowest(core, need);
        taken |= of_core;
        need -= of_core.count();
    }
    return taken;
}

/// By number, which often follows the machine's structure where its LLCs and cores are uneven.
CpuSet lowest_numbers(const Topology & /*topology*/, const CpuSet &usable, const CpuSet & /*owned*/,
                      unsigned need)
{
    return lowest(usable, need);
}

using Choice = CpuSet (*)(const Topology &, const CpuSet &usable, const CpuSet &owned,
                          unsigned need);

/// CPUs being placed: what claims kept, and what is free, by who may use it.
struct Plan {
    std::vector<CpuSet> owned;                          // by claim
    std::map<std::size_t, CpuSet> free;                 // by claimants
    std::vector<std::map<std::size_t, unsigned>> needs; // by claim: count by claimants
};

/// The core of which the claim owns least; the last of equals.
CpuSet least_core(const Topology &topology, const CpuSet &cpus, const CpuSet &owned)
{
    const std::vector<CpuSet> cores = core_parts(topology, cpus);
    return *std::ranges::min_element(cores.rbegin(), cores.rend(), {}, [&](const CpuSet &part) {
        return (topology.siblings_of(*part.begin()) & owned).count();
    });
}

/// Gives up CPUs of `from`, core by core, first where the claim owns least, so that what it keeps
/// stays together; the highest among equals.
void leave(const Topology &topology, const Claim &claim, const CpuSet &from, unsigned count,
           CpuSet &owned)
{
    while (count > 0) {
        CpuSet leavable = unpreferred_first(claim, owned & from);
        leavable &= topology.cpus_of(last_of_least(
            topology, leavable, [&](const CpuSet &llc) { return (llc & owned).count(); }));
        while (count > 0 && !leavable.empty()) {
            const CpuSet core = least_core(topology, leavable, owned);
            const unsigned surplus = std::min(count, core.count());
            owned -= core - lowest(core, core.count() - surplus);
            leavable -= core;
            count -= surplus;
        }
    }
}

/// Everybody keeps of its own CPUs what its share has of them; the rest is free.
Plan keep(const Topology &topology, const CpuKinds &kinds, std::span<const Claim> claims,
          const Shares &shares)
{
    Plan plan{.owned = {}, .free = {}, .needs = {}};
    plan.needs.resize(claims.size());
    std::vector<unsigned> kept(kinds.kinds.size(), 0);
    for (std::size_t claim = 0; claim < claims.size(); ++claim) {
        plan.owned.push_back(claims[claim].held);
        for (const Shares::Part &part : shares.parts[claim])
            if (kinds.kinds[part.kind].holder == claim)
                kept[part.kind] = part.count;
            else
                plan.needs[claim][kinds.kinds[part.kind].claimants] += part.count;
    }
    for (std::size_t kind = 0; kind < kinds.kinds.size(); ++kind) {
        const auto &[cpus, holder, claimants] = kinds.kinds[kind];
        CpuSet free = cpus;
        if (holder != nobody) {
            leave(topology, claims[holder], cpus, cpus.count() - kept[kind], plan.owned[holder]);
            free -= plan.owned[holder];
        }
        plan.free[claimants] |= free;
    }
    return plan;
}

void fill(const Topology &topology, const Claim &claim, std::size_t index, Choice choose,
          Plan &plan)
{
    for (auto &[claimants, need] : plan.needs[index])
        while (need > 0) {
            CpuSet &free = plan.free[claimants];
            const CpuSet taken =
                choose(topology, preferred_first(claim, free), plan.owned[index], need);
            free -= taken;
            plan.owned[index] |= taken;
            need -= taken.count();
        }
}

std::vector<std::size_t>
ordered(std::size_t count, const std::function<std::pair<unsigned, unsigned>(std::size_t)> &key)
{
    std::vector<std::size_t> order(count);
    std::ranges::iota(order, std::size_t{0});
    std::ranges::stable_sort(order, {}, key);
    return order;
}

unsigned misses(std::span<const Claim> claims, std::span<const CpuSet> owned)
{
    unsigned count = 0;
    for (std::size_t claim = 0; claim < claims.size(); ++claim)
        if (!claims[claim].preferred.empty())
            count += (owned[claim] - claims[claim].preferred).count();
    return count;
}

class Contest {
public:
    Contest(const Topology &topology, std::span<const Claim> claims)
        : topology_(topology), claims_(claims)
    {
    }
    /// Lets the claims take what they need in this order and remembers the best outcome.
    void run(Plan plan, const std::vector<std::size_t> &order, Choice choose)
    {
        for (const std::size_t claim : order)
            fill(topology_, claims_[claim], claim, choose, plan);
        const auto score =
            std::tuple(misses(claims_, plan.owned), splits_of(topology_, plan.owned));
        if (best_.empty() || score < best_score_) {
            best_score_ = score;
            best_ = std::move(plan.owned);
        }
    }
    [[nodiscard]] std::vector<CpuSet> take() && { return std::move(best_); }

private:
    const Topology &topology_;
    std::span<const Claim> claims_;
    std::vector<CpuSet> best_;
    std::tuple<unsigned, Splits> best_score_;
};

} // namespace

std::vector<CpuSet> place(const Topology &topology, const CpuKinds &kinds,
                          std::span<const Claim> claims, const Shares &shares)
{
    const Plan start = keep(topology, kinds, claims, shares);
    const auto choice = [&](std::size_t claim) {
        return std::pair(claims[claim].allowed.count(), 0U);
    };
    const auto size = [&](std::size_t claim) {
        return std::pair(claims[claim].allowed.count(), max_cpus - shares.count[claim]);
    };
    const auto freedom = [&](std::size_t claim) {
        return std::pair(max_cpus - claims[claim].allowed.count(), 0U);
    };
    Contest contest(topology, claims);
    contest.run(start, ordered(claims.size(), choice), best_fitting);
    contest.run(start, ordered(claims.size(), size), best_fitting);
    contest.run(start, ordered(claims.size(), freedom), best_fitting);
    contest.run(start, ordered(claims.size(), choice), next_in_line);
    contest.run(start, ordered(claims.size(), choice), lowest_numbers);
    std::vector<CpuSet> owned = std::move(contest).take();
    const unsigned cpus = topology.online().count();
    if (cpus <= searched_cpus)
        search(topology, claims, owned);
    else if (cpus <= polished_cpus)
        exchange(topology, claims, owned);
    return owned;
}

} // namespace mitosis
