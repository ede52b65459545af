// SPDX-License-Identifier: GPL-2.0-only
// Transport: CPUs of some kinds being handed to claims, one by one, under their cpusets. Where all
// that a claim may use is given, a chain of exchanges (an augmenting path) can still free one. A
// unit costs -1 where the claim holds CPUs of that kind and 0 elsewhere; every unit is handed over
// along a cheapest chain, so that at any time the number of CPUs that stay with their holder is the
// greatest for the counts handed out (successive shortest paths: Ahuja, Magnanti and Orlin, Network
// Flows, 9.7).
#pragma once

#include "core/cpu_kinds.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace mitosis {

class Transport {
public:
    /// `kinds` must outlive the transport. `surplus` says of each claim how many CPUs it is likely
    /// to give up: a hint on whose CPUs to hand out first, which spares exchanges.
    Transport(const CpuKinds &kinds, std::vector<int> surplus);

    /// One step of a chain: the taker gets a CPU of the kind from the giver (nobody: a free one).
    struct Hop {
        std::size_t taker;
        std::size_t kind;
        std::size_t giver;
    };
    struct Chain {
        std::vector<Hop> hops;
        int cost;
    };
    /// The cheapest way to give the claim one CPU more, nobody's count shrinking. Nothing when
    /// there is none; there never will be one then. The cost never falls from one call to the next.
    [[nodiscard]] std::optional<Chain> find(std::size_t claim);
    void apply(const Chain &chain);

    /// Who was given CPUs of the kind, and how many (> 0); in no order.
    using Owners = std::vector<std::pair<std::size_t, int>>;
    [[nodiscard]] const Owners &owners(std::size_t kind) const { return owners_[kind]; }

private:
    struct Visit; // how a claim is reached in a search
    [[nodiscard]] int cost(std::size_t claim, std::size_t kind) const;
    [[nodiscard]] std::optional<std::size_t> free_held(std::size_t claim) const;
    [[nodiscard]] std::optional<std::size_t> free_usable(std::size_t claim) const;
    [[nodiscard]] std::pair<int, int> appeal(std::size_t kind) const;
    [[nodiscard]] std::vector<Visit> search(std::size_t claim) const;
    void relax(std::size_t taker, std::size_t kind, std::vector<Visit> &visits,
               std::vector<std::size_t> &queue) const;
    [[nodiscard]] std::optional<Chain> chain_from(std::size_t claim,
                                                  const std::vector<Visit> &visits) const;
    void add(std::size_t claim, std::size_t kind, int units);

    const CpuKinds &kinds_;
    std::vector<int> surplus_;                   // by claim
    std::vector<unsigned> free_;                 // by kind
    std::vector<Owners> owners_;                 // by kind
    std::vector<std::vector<std::size_t>> held_; // by claim: kinds
    std::vector<int> taken_;                     // by claim: CPUs it holds that others were given
    std::vector<bool> stuck_;                    // by class of claims: cannot grow any more
};

} // namespace mitosis
