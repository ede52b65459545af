// SPDX-License-Identifier: GPL-2.0-only
// Presence: where claims own CPUs, counted while a placement changes CPU by CPU.
#pragma once

#include "core/claim.hpp"
#include "core/cpu_set.hpp"
#include "core/topology.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <tuple>
#include <vector>

namespace mitosis {

class Presence {
public:
    /// In pairs of a claim and an LLC, a node, a core where it owns a CPU; each beyond the first of
    /// a claim, or of a core, is a split (splits.hpp).
    using Change = std::tuple<int, int, int>;

    /// Nobody owns anything. `claims` is how many there are.
    Presence(const Topology &topology, std::size_t claims);

    /// The claim owns the CPU from now on (`by` 1), or no more (-1).
    Change change(unsigned cpu, std::size_t claim, int by);

private:
    /// How many CPUs each claim owns at each of the places of one kind. Kept in one row per place:
    /// exchanging looks here some twenty times per pair of CPUs.
    class Places {
    public:
        /// `place_of` gives any key, equal for CPUs of the same place.
        Places(const CpuSet &cpus, std::size_t claims,
               const std::function<std::uint32_t(unsigned cpu)> &place_of);
        int change(unsigned cpu, std::size_t claim, int by);

    private:
        std::size_t claims_;
        std::vector<std::size_t> place_; // by CPU
        std::vector<int> count_;
    };

    Places llcs_;
    Places nodes_;
    Places cores_;
};

[[nodiscard]] Presence::Change sum_of(const Presence::Change &a, const Presence::Change &b);

/// 1 or 0: whether the claim held the CPU before, and whether it would rather have another.
[[nodiscard]] int keeps(const Claim &claim, unsigned cpu);
[[nodiscard]] int misses(const Claim &claim, unsigned cpu);

} // namespace mitosis
