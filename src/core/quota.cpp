// SPDX-License-Identifier: GPL-2.0-only
#include "core/quota.hpp"

#include "core/claim.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

namespace mitosis {
namespace {

struct Bounds {
    double low;
    double high;
};

Bounds bounds_of(const Claim &claim)
{
    const unsigned high = std::min(claim.maximum, claim.allowed.count());
    const unsigned low = std::min(std::max(1U, claim.minimum), high);
    return {.low = static_cast<double>(low), .high = static_cast<double>(high)};
}

std::vector<Bounds> bounds_of(std::span<const Claim> claims)
{
    std::vector<Bounds> bounds;
    bounds.reserve(claims.size());
    for (const Claim &claim : claims)
        bounds.push_back(bounds_of(claim));
    return bounds;
}

/// What a claim is due at a water level, before its bounds.
using Due = double (*)(const Claim &, double level);
double up_to_demand(const Claim &claim, double level)
{
    return std::min(claim.demand, level * claim.weight);
}
double beyond_demand(const Claim &claim, double level)
{
    return std::max(claim.demand, level * claim.weight * claim.demand);
}

class Filling {
public:
    explicit Filling(std::span<const Claim> claims) : claims_(claims), bounds_(bounds_of(claims)) {}

    [[nodiscard]] double low(std::size_t claim) const { return bounds_[claim].low; }
    [[nodiscard]] double due(std::size_t claim, Due rule, double level) const
    {
        return std::clamp(rule(claims_[claim], level), bounds_[claim].low, bounds_[claim].high);
    }
    [[nodiscard]] double total(Due rule, double level) const
    {
        double sum = 0;
        for (std::size_t claim = 0; claim < claims_.size(); ++claim)
            sum += due(claim, rule, level);
        return sum;
    }
    /// The level at which the rule hands out `wanted` in all; the highest tried when even that does
    /// not.
    [[nodiscard]] double level_for(Due rule, double wanted) const
    {
        double below = 0;
        double above = 1;
        while (above < highest_level && total(rule, above) < wanted)
            above *= 2;
        for (int halving = 0; halving < 100; ++halving) {
            const double middle = std::midpoint(below, above);
            (total(rule, middle) < wanted ? below : above) = middle;
        }
        return above;
    }
    static constexpr double highest_level = 1e18;

private:
    std::span<const Claim> claims_;
    std::vector<Bounds> bounds_;
};

double sum_of(const std::vector<double> &values)
{
    return std::accumulate(values.begin(), values.end(), 0.0);
}

} // namespace

std::vector<double> quotas(unsigned cpu_count, std::span<const Claim> claims)
{
    const Filling filling(claims);
    const auto wanted = static_cast<double>(cpu_count);
    const bool scarce = filling.total(up_to_demand, Filling::highest_level) >= wanted;
    const Due rule = scarce ? up_to_demand : beyond_demand;
    const double level = filling.level_for(rule, wanted);
    std::vector<double> due;
    due.reserve(claims.size());
    for (std::size_t claim = 0; claim < claims.size(); ++claim)
        due.push_back(filling.due(claim, rule, level));
    if (const double sum = sum_of(due); sum > wanted)
        std::ranges::transform(due, due.begin(), [&](double each) { return each * wanted / sum; });
    else
        due.front() += wanted - sum;
    return due;
}

} // namespace mitosis
