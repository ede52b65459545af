// SPDX-License-Identifier: GPL-2.0-only
#include "core/exchange.hpp"

#include "core/claim.hpp"
#include "core/cpu_kinds.hpp"
#include "core/cpu_set.hpp"
#include "core/presence.hpp"
#include "core/topology.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <tuple>
#include <vector>

namespace mitosis {
namespace {

class Exchanger {
public:
    Exchanger(const Topology &topology, std::span<const Claim> claims,
              const std::vector<CpuSet> &owned)
        : claims_(claims), owner_(std::size_t{*topology.online().last()} + 1, nobody),
          presence_(topology, owned.size())
    {
        for (std::size_t claim = 0; claim < owned.size(); ++claim)
            for (const unsigned cpu : owned[claim]) {
                owner_[cpu] = claim;
                (void)presence_.change(cpu, claim, 1); // only the counts matter here
            }
    }

    /// Gives each of the CPUs the owner of the next one, the last that of the first, if that helps.
    template <std::size_t Count> bool try_rotation(const std::array<unsigned, Count> &cpus)
    {
        int more_kept = 0;
        int more_missed = 0;
        for (std::size_t index = 0; index < Count; ++index) {
            const unsigned cpu = cpus[index];
            const std::size_t from = owner_[cpu];
            const std::size_t to = owner_[cpus[(index + 1) % Count]];
            if (from == to || !claims_[to].allowed.contains(cpu))
                return false;
            more_kept += keeps(claims_[to], cpu) - keeps(claims_[from], cpu);
            more_missed += misses(claims_[to], cpu) - misses(claims_[from], cpu);
        }
        if (more_kept < 0)
            return false;
        if (std::tuple_cat(std::tuple(more_missed), rotated(cpus)) < std::tuple(0, 0, 0, 0))
            return true;
        for (std::size_t turn = 1; turn < Count; ++turn) // until everybody has his own again
            (void)rotated(cpus);
        return false;
    }
    [[nodiscard]] std::size_t owner(unsigned cpu) const { return owner_[cpu]; }

private:
    template <std::size_t Count> Presence::Change rotated(const std::array<unsigned, Count> &cpus)
    {
        Presence::Change sum{0, 0, 0};
        const auto count_all = [&](int by) {
            for (const unsigned cpu : cpus)
                sum = sum_of(sum, presence_.change(cpu, owner_[cpu], by));
        };
        count_all(-1);
        const std::size_t first = owner_[cpus.front()];
        for (std::size_t index = 0; index + 1 < Count; ++index)
            owner_[cpus[index]] = owner_[cpus[index + 1]];
        owner_[cpus.back()] = first;
        count_all(1);
        return sum;
    }

    std::span<const Claim> claims_;
    std::vector<std::size_t> owner_; // by CPU
    Presence presence_;
};

bool improve_by_pairs(const CpuSet &cpus, Exchanger &exchanger)
{
    bool improved = false;
    for (const unsigned a : cpus)
        for (const unsigned b : cpus)
            if (a < b)
                improved = exchanger.try_rotation(std::array{a, b}) || improved;
    return improved;
}

bool improve_by_threes(const CpuSet &cpus, Exchanger &exchanger)
{
    bool improved = false;
    for (const unsigned a : cpus)
        for (const unsigned b : cpus)
            for (const unsigned c : cpus)
                if (a < b && a < c && b != c)
                    improved = exchanger.try_rotation(std::array{a, b, c}) || improved;
    return improved;
}

} // namespace

void exchange(const Topology &topology, std::span<const Claim> claims, std::vector<CpuSet> &owned)
{
    const CpuSet &cpus = topology.online();
    const bool is_small = cpus.count() <= cpus_in_threes;
    Exchanger exchanger(topology, claims, owned);
    while (improve_by_pairs(cpus, exchanger) || (is_small && improve_by_threes(cpus, exchanger))) {
    }
    for (CpuSet &of_claim : owned)
        of_claim = {};
    for (const unsigned cpu : cpus)
        owned[exchanger.owner(cpu)].insert(cpu);
}

} // namespace mitosis
