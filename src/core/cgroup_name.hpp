// SPDX-License-Identifier: GPL-2.0-only
// Names of cgroups, as settings pick them out.
#pragma once

#include <span>
#include <string>

namespace mitosis {

/// By the pattern of glob(7); a name matches itself, too, whatever signs it has.
[[nodiscard]] bool matches_name(const std::string &pattern, const std::string &name);

[[nodiscard]] bool matches_any_name(std::span<const std::string> patterns, const std::string &name);

} // namespace mitosis
