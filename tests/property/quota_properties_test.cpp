// SPDX-License-Identifier: GPL-2.0-only
// What quotas() promises, on random claims.
#include "core/claim.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/quota.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace mitosis::test {
namespace {

constexpr double same = 1e-6;

double low(const Claim &claim)
{
    return std::min({std::max(1U, claim.minimum), claim.maximum, claim.allowed.count()});
}

double high(const Claim &claim)
{
    return std::min(claim.maximum, claim.allowed.count());
}

/// What a claim asks for: its demand as far as its bounds let it.
double asked(const Claim &claim)
{
    return std::clamp(claim.demand, low(claim), high(claim));
}

template <class Amount> double sum(const std::vector<Claim> &claims, Amount amount)
{
    return std::accumulate(claims.begin(), claims.end(), 0.0,
                           [&](double total, const Claim &claim) { return total + amount(claim); });
}

struct Asked {
    unsigned cpus;
    std::vector<Claim> claims;
    [[nodiscard]] std::vector<double> quotas() const { return mitosis::quotas(cpus, claims); }
    [[nodiscard]] bool is_scarce() const { return sum(claims, asked) >= cpus; }
};

Asked any_claims()
{
    Asked drawn{.cpus = *rc::gen::inRange(1U, 65U), .claims = {}};
    const auto count = *rc::gen::inRange(1U, 9U);
    for (std::uint32_t cell = 0; cell < count; ++cell) {
        const auto allowed = *rc::gen::inRange(1U, drawn.cpus + 1);
        const auto minimum = *rc::gen::element(0U, 0U, 1U, 4U);
        const auto room = *rc::gen::element(1U, 8U, max_cpus - 8U);
        drawn.claims.push_back({.cell = CellId{cell},
                                .allowed = CpuSet::range(0, allowed - 1),
                                .weight = *rc::gen::element(0.01, 0.5, 1.0, 1.0, 3.0, 100.0),
                                .demand = *rc::gen::inRange(1, 400) / 10.0,
                                .minimum = minimum,
                                .maximum = minimum + room});
    }
    return drawn;
}

/// One with enough CPUs for everybody's minimum.
Asked feasible_claims()
{
    Asked drawn = any_claims();
    drawn.cpus += static_cast<unsigned>(sum(drawn.claims, low));
    return drawn;
}

/// One with no more CPUs than are asked for, and enough for everybody's minimum.
Asked scarce_claims()
{
    Asked drawn = any_claims();
    const auto least = static_cast<unsigned>(sum(drawn.claims, low));
    drawn.cpus = *rc::gen::inRange(least, static_cast<unsigned>(sum(drawn.claims, asked)) + 1);
    return drawn;
}

RC_GTEST_PROP(Quotas, AddUpToTheMachine, ())
{
    const Asked drawn = any_claims();
    const auto due = drawn.quotas();
    RC_ASSERT(std::abs(std::accumulate(due.begin(), due.end(), 0.0) - drawn.cpus) < same);
}

RC_GTEST_PROP(Quotas, LieWithinTheirBounds, ())
{
    const Asked drawn = feasible_claims();
    const auto due = drawn.quotas();
    for (std::size_t claim = 0; claim < due.size(); ++claim) {
        RC_ASSERT(due[claim] >= low(drawn.claims[claim]) - same);
        // What nobody may have is the root cell's.
        RC_ASSERT(claim == 0 || due[claim] <= high(drawn.claims[claim]) + same);
    }
}

/// Weighted max-min fairness: whoever gets less than it asks for gets no less by weight than anyone
/// who has more than it has to.
RC_GTEST_PROP(Quotas, LeaveNobodyShortBelowAnother, ())
{
    const Asked drawn = scarce_claims();
    const auto due = drawn.quotas();
    for (std::size_t a = 0; a < due.size(); ++a) {
        RC_ASSERT(due[a] <= asked(drawn.claims[a]) + same);
        if (due[a] > asked(drawn.claims[a]) - same)
            continue;
        for (std::size_t b = 0; b < due.size(); ++b)
            if (due[b] > low(drawn.claims[b]) + same)
                RC_ASSERT(due[b] / drawn.claims[b].weight <=
                          due[a] / drawn.claims[a].weight * (1 + same));
    }
}

/// Whoever could have more has no less, by weight and demand, than anyone who has more than it asks
/// for.
RC_GTEST_PROP(Quotas, HandOutWhatIsLeftInProportionToWeightAndDemand, ())
{
    const Asked drawn = feasible_claims();
    RC_PRE(!drawn.is_scarce());
    const auto due = drawn.quotas();
    const auto level = [&](std::size_t claim) {
        return due[claim] / (drawn.claims[claim].weight * drawn.claims[claim].demand);
    };
    for (std::size_t a = 0; a < due.size(); ++a) {
        RC_ASSERT(due[a] >= asked(drawn.claims[a]) - same);
        if (due[a] > high(drawn.claims[a]) - same)
            continue;
        for (std::size_t b = 1; b < due.size(); ++b)
            if (due[b] > asked(drawn.claims[b]) + same)
                RC_ASSERT(level(b) <= level(a) * (1 + same));
    }
}

RC_GTEST_PROP(Quotas, NeverGrowByTheDemandOrWeightOfAnother, ())
{
    Asked drawn = any_claims();
    const auto before = drawn.quotas();
    const auto rising = *rc::gen::inRange(std::size_t{0}, drawn.claims.size());
    Claim &claim = drawn.claims[rising];
    double *const raised = *rc::gen::element(&claim.demand, &claim.weight);
    *raised *= *rc::gen::inRange(10, 50) / 10.0;
    const auto after = drawn.quotas();
    RC_ASSERT(after[rising] >= before[rising] - same);
    for (std::size_t other = 0; other < after.size(); ++other)
        if (other != rising)
            RC_ASSERT(after[other] <= before[other] + same);
}

} // namespace
} // namespace mitosis::test
