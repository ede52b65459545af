// SPDX-License-Identifier: GPL-2.0-only
// Assignment: which CPUs each cell owns. Every online CPU has exactly one owner.
#pragma once

#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/topology.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace mitosis {

/// Which of its idle CPUs a cell lends.
enum class Lend {
    none,
    idle_cores, // those whose SMT siblings are idle too: no borrower shares a core with an owner
    any,
};

struct CellCpus {
    CellId cell;
    CpuSet primary;    // owned; empty only for a cell in `pooled` of its Assignment
    CpuSet borrowable; // others' CPUs it may use while idle; empty without borrowing
    Lend lend = Lend::none;
    std::uint32_t weight = 100; // its policy's, 1 to 10000; what it weighs while it is pooled
    friend bool operator==(const CellCpus &, const CellCpus &) = default;
};

struct Assignment {
    std::vector<CellCpus> cells; // by CellId; the root cell first
    /// Cells for which no CPU was left (more cells than CPUs, or contradicting cpusets), by id.
    /// Until a CPU is free their tasks share the root cell's CPUs by the cells' weights; never an
    /// error.
    std::vector<CellId> pooled;
    friend bool operator==(const Assignment &, const Assignment &) = default;
    [[nodiscard]] const CellCpus *find(CellId id) const;
};

/// Divides the online CPUs equally among the cells, LLC by LLC, whole cores together where the
/// shares allow; a cell's CPUs lie in its cpuset; CPUs stay with their owner in `previous` where
/// that changes no share. Pure and deterministic: independent of the order of `cells`. The root
/// cell always gets a CPU. Sizes differ by at most one where no cpuset interferes.
[[nodiscard]] Assignment assign_equally(const Topology &topology, std::span<const Cell> cells,
                                        const Assignment &previous);

} // namespace mitosis
