// SPDX-License-Identifier: GPL-2.0-only
// How the live view looks. The same picture is drawn in the terminal and printed in a batch.
#pragma once

#include "ctl/snapshot.hpp"
#include "ctl/text.hpp"
#include "ctl/top_model.hpp"

#include <ftxui/dom/elements.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace mitosis::ctl {

enum class Motion { live, frozen, batch };

struct TopView {
    int width = 80; // columns
    SortKey sort = SortKey::used;
    Motion motion = Motion::live;
    std::size_t selected = 0; // row that stays in sight
    Style style = Style::plain;
    std::uint64_t now_monotonic_us = 0;
};

[[nodiscard]] ftxui::Element draw(const TopModel &model, const std::vector<Cpus> &llcs,
                                  const TopView &view);

/// As lines of text, nothing behind the last letter of each.
[[nodiscard]] std::string print(const TopModel &model, const std::vector<Cpus> &llcs,
                                const TopView &view);

/// Eighths of blocks, `width` characters: full at 1 and above.
[[nodiscard]] std::string bar(double ratio, std::size_t width);
/// The last `width` of the history, one block each.
[[nodiscard]] std::string sparkline(const CellActivity &cell, std::size_t width);

} // namespace mitosis::ctl
