// SPDX-License-Identifier: GPL-2.0-only
#include "core/search.hpp"

#include "core/claim.hpp"
#include "core/cpu_set.hpp"
#include "core/presence.hpp"
#include "core/topology.hpp"

#include <cstddef>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

class Search {
public:
    Search(const Topology &topology, std::span<const Claim> claims, std::vector<CpuSet> owned)
        : claims_(claims), presence_(topology, claims.size()), now_(claims.size()),
          best_(std::move(owned))
    {
        Presence presence(topology, claims.size());
        for (std::size_t claim = 0; claim < claims.size(); ++claim) {
            left_.push_back(best_[claim].count());
            for (const unsigned cpu : best_[claim]) {
                cpus_.push_back(cpu);
                least_kept_ += keeps(claims_[claim], cpu);
                best_cost_ =
                    add(best_cost_, misses(claims_[claim], cpu), presence.change(cpu, claim, 1));
            }
        }
    }

    [[nodiscard]] std::vector<CpuSet> run() &&
    {
        visit(0, 0, {});
        return std::move(best_);
    }

private:
    /// CPUs that are not preferred, and pairs of a claim and a place. Never falls as CPUs are given
    /// away, so a part that costs as much as the best whole is not gone on with.
    using Cost = std::tuple<int, Presence::Change>;

    static Cost add(const Cost &cost, int missed, const Presence::Change &change)
    {
        return {std::get<0>(cost) + missed, sum_of(std::get<1>(cost), change)};
    }

    void visit(std::size_t given, int kept, const Cost &cost)
    {
        if (given == cpus_.size()) {
            best_ = now_;
            best_cost_ = cost;
            return;
        }
        const unsigned cpu = cpus_[given];
        const int rest = static_cast<int>(cpus_.size() - given) - 1;
        for (std::size_t claim = 0; claim < claims_.size(); ++claim) {
            const int kept_now = kept + keeps(claims_[claim], cpu);
            if (left_[claim] == 0 || !claims_[claim].allowed.contains(cpu) ||
                kept_now + rest < least_kept_)
                continue;
            const Cost cost_now =
                add(cost, misses(claims_[claim], cpu), presence_.change(cpu, claim, 1));
            --left_[claim];
            now_[claim].insert(cpu);
            if (cost_now < best_cost_)
                visit(given + 1, kept_now, cost_now);
            now_[claim].erase(cpu);
            ++left_[claim];
            (void)presence_.change(cpu, claim, -1);
        }
    }

    std::span<const Claim> claims_;
    Presence presence_;
    std::vector<unsigned> cpus_;
    std::vector<unsigned> left_; // by claim: of its share
    int least_kept_ = 0;
    std::vector<CpuSet> now_;
    std::vector<CpuSet> best_;
    Cost best_cost_{};
};

} // namespace

void search(const Topology &topology, std::span<const Claim> claims, std::vector<CpuSet> &owned)
{
    owned = Search(topology, claims, std::move(owned)).run();
}

} // namespace mitosis
