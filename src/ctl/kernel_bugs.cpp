// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/kernel_bugs.hpp"

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace mitosis::ctl {

namespace {

constexpr std::size_t option_columns = 2;
constexpr std::size_t bug_columns = 5;

std::string_view trim(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string_view::npos)
        return "";
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// The cells of "| a | b |"; empty for a line that is no row with words in it.
std::vector<std::string> cells_of(std::string_view line)
{
    std::vector<std::string> cells;
    if (!line.starts_with("| ") || line.starts_with("| ---"))
        return cells;
    line.remove_prefix(1);
    for (std::size_t end = 0; (end = line.find('|')) != std::string_view::npos;
         line.remove_prefix(end + 1))
        cells.emplace_back(trim(line.substr(0, end)));
    return cells;
}

void take(KernelsPage &page, const std::vector<std::string> &cells)
{
    if (cells.size() == option_columns && cells[0].starts_with("CONFIG_"))
        page.options.push_back({.name = cells[0], .why = cells[1]});
    else if (cells.size() == bug_columns && cells[0] != "name")
        page.bugs.push_back({.name = cells[0],
                             .below = parse_kernel_version(cells[1]),
                             .machine = cells[2],
                             .effect = cells[3],
                             .advice = cells[4]});
}

} // namespace

std::optional<KernelVersion> parse_kernel_version(std::string_view text)
{
    KernelVersion version;
    const auto [dot, bad_major] = std::from_chars(text.begin(), text.end(), version.major);
    if (bad_major != std::errc{} || dot == text.end() || *dot != '.')
        return std::nullopt;
    const auto [rest, bad_minor] = std::from_chars(dot + 1, text.end(), version.minor);
    if (bad_minor != std::errc{})
        return std::nullopt;
    return version;
}

KernelsPage parse_kernels_page(std::string_view markdown)
{
    KernelsPage page;
    while (!markdown.empty()) {
        const std::size_t end = markdown.find('\n');
        take(page, cells_of(markdown.substr(0, end)));
        markdown.remove_prefix(end == std::string_view::npos ? markdown.size() : end + 1);
    }
    return page;
}

} // namespace mitosis::ctl
