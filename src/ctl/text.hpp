// SPDX-License-Identifier: GPL-2.0-only
// What the commands print for people. Pure: from snapshots to text.
#pragma once

#include "ctl/snapshot.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace mitosis::ctl {

enum class Style { plain, colored };

/// The moment of printing, and how.
struct Look {
    std::uint64_t now_monotonic_us = 0;
    Style style = Style::plain;
};

[[nodiscard]] std::string render_status(const ServiceSnapshot &service, Look look);
[[nodiscard]] std::string render_cells(std::span<const CellSnapshot> cells);
[[nodiscard]] std::string render_cell(const CellSnapshot &cell, Look look);

enum class Tense { would, did }; // a dry run, or not
[[nodiscard]] std::string render_rebalance(const RebalanceResult &result, Tense tense);
[[nodiscard]] std::string render_reload(const ReloadResult &result);

} // namespace mitosis::ctl
