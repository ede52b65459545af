// SPDX-License-Identifier: GPL-2.0-only
// Names of cgroups, as settings pick them out.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mitosis {

/// By the pattern of glob(7); a name matches itself, too, whatever signs it has.
[[nodiscard]] bool matches_name(const std::string &pattern, const std::string &name);

[[nodiscard]] bool matches_any_name(std::span<const std::string> patterns, const std::string &name);

/// A path as text: it may hold any bytes; those that are no UTF-8 become "\xNN". Nobody may put a
/// string on a bus that is none.
[[nodiscard]] std::string to_text(std::string_view path);

/// The same on one line of a terminal: also control characters become "\xNN".
[[nodiscard]] std::string to_line(std::string_view path);

} // namespace mitosis
