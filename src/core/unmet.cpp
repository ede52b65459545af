// SPDX-License-Identifier: GPL-2.0-only
#include "core/unmet.hpp"

#include "core/cell_policy.hpp"
#include "core/claim.hpp"
#include "core/cpu_list.hpp"
#include "core/division.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

std::string why_no_cpu(const Party &party, const Claim &claim)
{
    if (claim.allowed.empty())
        return party.cpuset && !party.cpuset->empty()
                   ? "no CPU of its cpuset " + to_cpu_list(*party.cpuset) + " is online"
                   : "its cpuset is empty";
    return party.cpuset ? "other cells need every CPU of its cpuset " + to_cpu_list(*party.cpuset)
                        : "there are more cells than CPUs";
}

std::string why_below_minimum(const Party &party, const Claim &claim, unsigned share)
{
    if (claim.minimum < party.policy.min_cpus && share == claim.minimum)
        return "its max-cpus is " + std::to_string(claim.maximum);
    if (claim.allowed.count() == share)
        return "no more CPUs that it may use are online";
    return "the other cells' CPUs and minima leave no more";
}

std::optional<Unmet> unmet_of(const Party &party, const Claim &claim, unsigned share)
{
    const CellPolicy &policy = party.policy;
    if (share < policy.min_cpus)
        return Unmet{.cell = party.cell,
                     .claim = "min-cpus " + std::to_string(policy.min_cpus),
                     .got = share,
                     .why = share == 0 ? why_no_cpu(party, claim)
                                       : why_below_minimum(party, claim, share)};
    if (share == 0)
        return Unmet{
            .cell = party.cell, .claim = "a CPU", .got = 0, .why = why_no_cpu(party, claim)};
    if (share > claim.maximum)
        return Unmet{.cell = party.cell,
                     .claim = "max-cpus " + std::to_string(claim.maximum),
                     .got = share,
                     .why = "no other cell may have the rest of the CPUs"};
    return std::nullopt;
}

} // namespace

std::vector<Unmet> unmet_claims(std::span<const Party> parties, std::span<const Claim> claims,
                                std::span<const unsigned> shares)
{
    std::vector<Unmet> unmet;
    for (std::size_t index = 0; index < claims.size(); ++index)
        if (auto claim = unmet_of(parties[index], claims[index], shares[index]))
            unmet.push_back(*std::move(claim));
    return unmet;
}

} // namespace mitosis
