// SPDX-License-Identifier: GPL-2.0-only
// What changed hands between two assignments, and an assignment in words.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/event.hpp"

#include <string>
#include <vector>

namespace mitosis {

/// By cell id, only cells whose CPUs changed; a cell that is missing on one side owns nothing
/// there.
[[nodiscard]] std::vector<CellShift> shifts(const Assignment &before, const Assignment &after);

/// "[0: 0-3] [1(web): 4-7] [2(db): none]": the last part of the cgroup's path in parentheses.
/// Precondition: `cells` has every cell of the assignment.
[[nodiscard]] std::string summary(const Assignment &assignment, const CellTable &cells);

} // namespace mitosis
