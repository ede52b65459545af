// SPDX-License-Identifier: GPL-2.0-only
// Ownership: whose each CPU is in the kernel, as read back from there, and how that may differ from
// what was applied.
#pragma once

#include "core/assignment.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mitosis {

struct Ownership {
    std::vector<std::optional<CellId>> owners; // index = CPU number; none: it is no cell's
    CpuSet online;                             // that the scheduler dispatches on
    friend bool operator==(const Ownership &, const Ownership &) = default;
};

/// In words, the CPUs that are in another cell than `applied` says; nothing when there are none.
/// The kernel's side may itself give another cell's CPU to the root cell whose own are all offline;
/// that is no drift until one of them is back.
[[nodiscard]] std::optional<std::string> drift(const Assignment &applied, const Ownership &kernel);

} // namespace mitosis
