// SPDX-License-Identifier: GPL-2.0-only
// Upstream's filters for its log, such as "debug" or "warn,scx_mitosis=debug,libbpf=off": what they
// let through of this program. They count on the command line and in RUST_LOG alone, where scripts
// for upstream have them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mitosis::config {

/// The setting log-level that lets through the same; nothing for what upstream does not understand.
/// A target without a level lets all of it through; where nothing is said of this program only
/// errors pass. Errors are never turned off.
[[nodiscard]] std::optional<std::string> level_of_filter(std::string_view filter);

} // namespace mitosis::config
