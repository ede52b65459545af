// SPDX-License-Identifier: GPL-2.0-only
// The invariants of an Assignment (spec: daemon 3.7), as a function.
#pragma once

#include "core/assignment.hpp"

#include <optional>
#include <span>
#include <string>

namespace mitosis {

/// The first violated invariant in words ("CPU 3 has no owner"), or nothing.
[[nodiscard]] std::optional<std::string> first_violation(const Assignment &assignment,
                                                         const Topology &topology,
                                                         std::span<const Cell> cells);

} // namespace mitosis
