// SPDX-License-Identifier: GPL-2.0-only
// Unmet: which claims a division had to leave unmet, in words.
#pragma once

#include "core/claim.hpp"
#include "core/division.hpp"

#include <span>
#include <vector>

namespace mitosis {

/// By cell. The three spans are parallel.
[[nodiscard]] std::vector<Unmet> unmet_claims(std::span<const Party> parties,
                                              std::span<const Claim> claims,
                                              std::span<const unsigned> shares);

} // namespace mitosis
