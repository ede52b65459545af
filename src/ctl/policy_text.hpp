// SPDX-License-Identifier: GPL-2.0-only
// What is wanted for single cells, as keys of the tables [cell."NAME"] of the configuration.
#pragma once

#include "core/cell_policy.hpp"
#include "core/division.hpp"

#include <span>
#include <string>
#include <vector>

namespace mitosis::ctl {

/// "min-cpus = 2", ...: only what the rule says.
[[nodiscard]] std::vector<std::string> assignments_of(const CellRule &rule);

/// The rules as tables of the file, an empty line before each.
[[nodiscard]] std::string render_rules(std::span<const CellRule> rules);

/// In one line: what of the policy is not at its default, then what the cell is measured by.
[[nodiscard]] std::string render_claim(const Party &claim);

} // namespace mitosis::ctl
