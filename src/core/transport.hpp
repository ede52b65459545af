// SPDX-License-Identifier: GPL-2.0-only
// Transport: CPUs being handed to claims under their cpusets. Where every CPU that a claim may use
// is taken, a chain of exchanges (an augmenting path) can still free one: no claim stays without a
// CPU that it could have had. Chains are the cheapest ones, counted in CPUs that leave their
// present holder, so that starting from "everyone keeps, everyone takes what is free" the total
// moved is the least possible (successive shortest paths).
#pragma once

#include "core/claim.hpp"
#include "core/cpu_set.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace mitosis {

class Transport {
public:
    /// `claims` must outlive the transport. Nothing is given at first.
    Transport(const CpuSet &cpus, std::span<const Claim> claims);

    /// Preconditions: `cpus` are free and allowed to the claim.
    void give(std::size_t claim, const CpuSet &cpus);

    /// Gives the claim one CPU more, by exchange with others if need be; nobody's count shrinks.
    /// False when that is impossible; it then stays impossible.
    bool grow(std::size_t claim);

    [[nodiscard]] const CpuSet &free() const { return free_; }
    [[nodiscard]] const CpuSet &owned(std::size_t claim) const { return owned_[claim]; }

private:
    static constexpr std::size_t nobody = static_cast<std::size_t>(-1);
    struct Visit; // how a claim is reached in a search
    [[nodiscard]] std::optional<unsigned> spare_cpu(std::size_t claim) const;
    [[nodiscard]] int cost(std::size_t claim, unsigned cpu) const;
    [[nodiscard]] std::vector<Visit> search(std::size_t claim) const;
    void move(unsigned cpu, std::size_t to);

    std::span<const Claim> claims_;
    CpuSet free_;
    std::vector<CpuSet> owned_;       // by claim
    std::vector<std::size_t> owner_;  // by CPU; nobody when free
    std::vector<std::size_t> holder_; // by CPU: the claim that held it; nobody when none did
};

} // namespace mitosis
