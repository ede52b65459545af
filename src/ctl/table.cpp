// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/table.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <format>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace mitosis::ctl {

namespace {

std::vector<std::size_t> widths_of(std::span<const Column> columns,
                                   std::span<const std::vector<std::string>> rows)
{
    std::vector<std::size_t> widths;
    for (std::size_t at = 0; at < columns.size(); ++at) {
        std::size_t width = columns[at].title.size();
        for (const auto &row : rows)
            width = std::max(width, row.at(at).size());
        widths.push_back(width);
    }
    return widths;
}

/// Those that fit, from the left.
void leave_out(std::vector<std::size_t> &widths, std::size_t max_width)
{
    constexpr std::size_t gap = 2;
    const auto width = [&] {
        return std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1));
    };
    while (widths.size() > 1 && width() > max_width)
        widths.pop_back();
}

std::string render_row(std::span<const Column> columns, std::span<const std::size_t> widths,
                       std::span<const std::string> fields)
{
    std::string line;
    for (std::size_t at = 0; at < widths.size(); ++at) {
        line += at == 0 ? "" : "  ";
        line += columns[at].align == Align::right ? std::format("{:>{}}", fields[at], widths[at])
                                                  : std::format("{:<{}}", fields[at], widths[at]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

} // namespace

std::string render_table(std::span<const Column> columns,
                         std::span<const std::vector<std::string>> rows, std::size_t max_width)
{
    auto widths = widths_of(columns, rows);
    if (max_width != 0)
        leave_out(widths, max_width);
    std::vector<std::string> titles;
    titles.reserve(columns.size());
    for (const Column &column : columns)
        titles.push_back(column.title);
    std::string text = render_row(columns, widths, titles);
    for (const auto &row : rows) {
        assert(row.size() == columns.size());
        text += render_row(columns, widths, row);
    }
    return text;
}

} // namespace mitosis::ctl
