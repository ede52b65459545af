// SPDX-License-Identifier: GPL-2.0-only
// What the commands print for people. Pure: from snapshots to text.
#pragma once

#include "ctl/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mitosis::ctl {

enum class Style { plain, colored };

/// The moment of printing, how, and where.
struct Look {
    std::uint64_t now_monotonic_us = 0;
    Style style = Style::plain;
    std::size_t width = 0; // of the terminal; 0: there is none, any width will do
};

/// `color` is what stands between "ESC [" and "m".
[[nodiscard]] std::string colored(std::string_view text, std::string_view color, Style style);

[[nodiscard]] std::string render_status(const ServiceSnapshot &service, Look look);
[[nodiscard]] std::string render_cells(std::span<const CellSnapshot> cells, Look look);
[[nodiscard]] std::string render_cell(const CellSnapshot &cell, Look look);

/// As lines of the file; who gave a value is a comment behind it.
[[nodiscard]] std::string render_config(const ServiceSnapshot &service);
/// Only what is not at its default.
[[nodiscard]] std::string render_config_diff(const ServiceSnapshot &service);
[[nodiscard]] std::string render_config_files(const ServiceSnapshot &service);
[[nodiscard]] std::string render_setting_names(const ServiceSnapshot &service);

/// One line for a person who watches.
[[nodiscard]] std::string render_happening(const Happening &happening);

enum class Tense { would, did }; // a dry run, or not
[[nodiscard]] std::string render_rebalance(const RebalanceResult &result, Tense tense);
/// `done`: "Reloaded", "Set", "Reset".
[[nodiscard]] std::string render_config_result(const ConfigResult &result, std::string_view done);

} // namespace mitosis::ctl
