// SPDX-License-Identifier: GPL-2.0-only
// Division: who gets which CPUs, why, and what could not be had. Goals, in this order:
// (1) every online CPU has one owner, and cpusets and lending rules hold; (2) shares are as near to
// the quotas as cpusets and bounds allow (apportion.hpp); (3) as few CPUs as possible leave the
// cell that owns them; (4) as few LLC, then NUMA, then core splits as placement finds
// (placement.hpp); (5) the same problem has the same answer, in whatever order its cells are
// listed.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_policy.hpp"
#include "core/cell_table.hpp"
#include "core/ids.hpp"
#include "core/splits.hpp"
#include "core/topology.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mitosis {

/// One cell of a division.
struct Party {
    CellId cell = root_cell;
    std::optional<CpuSet> cpuset; // none: any CPU; the root cell also has what no other takes
    CellPolicy policy{};
    double weight = 1.0;            // times that of the policy: cpu.weight / 100; > 0
    std::optional<double> demand{}; // CPUs, >= 0; none: not known, it is taken for average
    bool populated = true;          // has tasks: comes before those without when CPUs run out
};

enum class Borrowing { no, yes };

struct DivisionProblem {
    std::vector<Party> parties; // in any order, every cell once, the root cell among them
    Assignment previous{};
    Borrowing borrowing = Borrowing::no;
};

/// A claim that could not be met, and why in a few words.
struct Unmet {
    CellId cell;
    std::string claim; // "min-cpus 4", "max-cpus 2", "a CPU"
    unsigned got;      // CPUs
    std::string why;
    friend bool operator==(const Unmet &, const Unmet &) = default;
};

struct Division {
    Assignment assignment;
    std::vector<double> quotas; // by position in assignment.cells
    std::vector<Unmet> unmet;   // by cell
};

[[nodiscard]] Division divide(const Topology &topology, const DivisionProblem &problem);

/// CPUs that another cell than before owns; those of cells that are gone do not count.
[[nodiscard]] unsigned moved_cpus(const Assignment &before, const Assignment &after);

/// Part of the machine's CPUs, 0 to 1, that would have to change hands for every cell to have its
/// quota.
[[nodiscard]] double share_error(const Assignment &assignment, std::span<const double> quotas);

[[nodiscard]] Splits splits_of(const Topology &topology, const Assignment &assignment);

} // namespace mitosis
