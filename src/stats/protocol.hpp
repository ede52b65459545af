// SPDX-License-Identifier: GPL-2.0-only
// The requests of the statistics socket: one JSON document a line, answered by one line. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mitosis::stats {

inline constexpr const char *socket_path = "/var/run/scx/root/stats";

/// The answer to a line without its end, with one. A request that makes no sense is answered with
/// an errno and a text. `metrics` is called when they are asked for.
[[nodiscard]] std::string answer(std::string_view request,
                                 const std::function<std::string()> &metrics);

/// What a client sends to get the metrics, with the end of the line.
[[nodiscard]] std::string metrics_request();

/// The metrics out of an answer; nullopt for an error or what is none.
[[nodiscard]] std::optional<std::string> metrics_in(std::string_view answer);

} // namespace mitosis::stats
