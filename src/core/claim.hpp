// SPDX-License-Identifier: GPL-2.0-only
// Claim: what one cell brings to a division of CPUs. Indices into a span of claims stand for the
// cells all through the division; the claims are sorted by cell id, the root cell first.
#pragma once

#include "core/cpu_set.hpp"
#include "core/ids.hpp"

namespace mitosis {

struct Claim {
    CellId cell;
    CpuSet allowed;              // online CPUs that the cell may own
    CpuSet held{};               // owned so far, within `allowed`; disjoint between claims
    CpuSet preferred{};          // within `allowed`; empty: no preference
    double weight = 1.0;         // > 0
    double demand = 1.0;         // CPUs; > 0
    unsigned minimum = 0;        // CPUs, as far as every claim still gets one
    unsigned maximum = max_cpus; // >= minimum and >= 1
    bool populated = true;       // its first CPU comes before those of claims that are not
};

} // namespace mitosis
