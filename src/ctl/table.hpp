// SPDX-License-Identifier: GPL-2.0-only
// Table: rows of text in aligned columns.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace mitosis::ctl {

enum class Align { left, right };

struct Column {
    std::string title;
    Align align = Align::left;
};

/// Header and rows, two blanks between columns, none at the end of a line. Every row has as many
/// fields as there are columns. Columns at the right that do not fit into `max_width` are left out;
/// 0 = all fit. The first one always stays.
[[nodiscard]] std::string render_table(std::span<const Column> columns,
                                       std::span<const std::vector<std::string>> rows,
                                       std::size_t max_width = 0);

} // namespace mitosis::ctl
