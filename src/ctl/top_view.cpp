// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/top_view.hpp"

#include "core/cgroup_name.hpp"
#include "core/counted.hpp"
#include "ctl/format.hpp"
#include "ctl/snapshot.hpp"
#include "ctl/text.hpp"
#include "ctl/top_model.hpp"

#include <ftxui/dom/elements.hpp>
#include <ftxui/dom/node.hpp>
#include <ftxui/screen/color.hpp>
#include <ftxui/screen/screen.hpp>
#include <ftxui/screen/string.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <format>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::ctl {

namespace {

using ftxui::Element;
using ftxui::Elements;

constexpr int wide = 110;   // columns from which the dispatch mix is shown
constexpr int widest = 150; // and from which the CPU lists are

Element in_color(const Element &element, ftxui::Color::Palette16 color, Style style)
{
    return style == Style::colored ? element | ftxui::color(color) : element;
}

Element left(std::string text, int width)
{
    return ftxui::text(std::move(text)) | ftxui::size(ftxui::WIDTH, ftxui::EQUAL, width);
}

Element right(const std::string &text, int width)
{
    return ftxui::hbox({ftxui::filler(), ftxui::text(text)}) |
           ftxui::size(ftxui::WIDTH, ftxui::EQUAL, width);
}

ftxui::Color::Palette16 color_of_load(double ratio)
{
    return ratio >= 0.9   ? ftxui::Color::Red
           : ratio >= 0.6 ? ftxui::Color::Yellow
                          : ftxui::Color::Green;
}

std::string number(double value)
{
    return std::format("{:.{}f}", value, value < 9.95 ? 2 : 1);
}

std::string share(const CellActivity &cell, std::size_t kind)
{
    return format_ratio(cell.mix.at(kind));
}

std::string joined(std::span<const std::string> glyphs)
{
    std::string text;
    for (const std::string &glyph : glyphs)
        text += glyph;
    return text;
}

enum class Keep { start, end };

/// What fits into the width, an ellipsis for the rest.
std::string elided(const std::string &text, int width, Keep keep)
{
    const std::vector<std::string> glyphs = ftxui::Utf8ToGlyphs(text); // one for each column
    const auto room = static_cast<std::size_t>(std::max(width, 1));
    if (glyphs.size() <= room)
        return text;
    const std::span all(glyphs);
    return keep == Keep::start ? joined(all.first(room - 1)) + "…"
                               : "…" + joined(all.last(room - 1));
}

/// A row's fields, side by side.
class Row {
public:
    void add(Element element)
    {
        if (!elements_.empty())
            elements_.push_back(ftxui::text(" "));
        elements_.push_back(std::move(element));
    }
    [[nodiscard]] Element element() { return ftxui::hbox(std::move(elements_)); }

private:
    Elements elements_;
};

struct Widths {
    int name;
    int cpus; // of the list; this and the next: 0 = not shown
    int spark;
    int bar;
    bool has_mix;
};

/// What the other columns leave for the cells' names.
int room_for_names(const Widths &widths, int width)
{
    constexpr int numbers = 3 + 4 + 5 + 5 + 5 + 5 + 6; // ID, N, USE, UTIL, BORR, LENT, WAIT
    constexpr int mix = 4 * 5;
    int room = width - numbers - 7;
    if (widths.has_mix)
        room -= mix + 4;
    for (const int column : {widths.cpus, widths.spark, widths.bar})
        room -= column > 0 ? column + 1 : 0;
    return room;
}

/// Long names take from the columns that say least: histories, bars, lists of CPUs.
Widths widths_for(int width, int longest_name)
{
    Widths widths{.name = 0,
                  .cpus = width >= widest ? 24 : 0,
                  .spark = width >= widest ? 30
                           : width >= wide ? 16
                                           : 8,
                  .bar = 10,
                  .has_mix = width >= wide};
    int missing = longest_name - room_for_names(widths, width);
    const auto take = [&missing](int &column, int least) {
        const int taken = std::clamp(missing, 0, std::max(0, column - least));
        column -= taken;
        missing -= taken;
    };
    take(widths.spark, 4);
    take(widths.bar, 4);
    take(widths.cpus, 12);
    if (missing > 0)
        widths.spark = 0;
    widths.name = room_for_names(widths, width);
    return widths;
}

Element title_row(const Widths &widths)
{
    Row row;
    row.add(right("ID", 3));
    row.add(left("CELL", widths.name));
    if (widths.cpus > 0)
        row.add(left("CPUS", widths.cpus));
    row.add(right("N", 4));
    row.add(right("USE", 5));
    row.add(left("", widths.bar));
    row.add(right("UTIL", 5));
    row.add(right("BORR", 5));
    row.add(right("LENT", 5));
    row.add(right("WAIT", 6));
    if (widths.has_mix)
        for (const char *title : {"LOCAL", "QUEUE", "PIN", "BORR"})
            row.add(right(title, 5));
    if (widths.spark > 0)
        row.add(left("HISTORY", widths.spark));
    return row.element() | ftxui::bold;
}

Element cell_row(const CellActivity &cell, const Widths &widths, Style style)
{
    const double ratio = cell.utilization();
    Row row;
    row.add(right(std::to_string(cell.id), 3));
    row.add(left(elided(to_line(cell.cgroup), widths.name, Keep::end), widths.name));
    if (widths.cpus > 0)
        row.add(left(elided(format_cpus(cell.cpus), widths.cpus, Keep::start), widths.cpus));
    row.add(right(std::to_string(cell.cpus.size()), 4));
    row.add(right(number(cell.used), 5));
    row.add(in_color(left(bar(ratio, static_cast<std::size_t>(widths.bar)), widths.bar),
                     color_of_load(ratio), style));
    row.add(right(format_ratio(ratio), 5));
    row.add(right(number(cell.borrowed), 5));
    row.add(right(number(cell.lent), 5));
    row.add(
        right(cell.wait_ns == 0.0 ? "-" : format_ns(static_cast<std::uint64_t>(cell.wait_ns)), 6));
    if (widths.has_mix)
        for (const std::size_t kind : {0U, 1U, 2U, 3U})
            row.add(right(share(cell, kind), 5));
    if (widths.spark > 0)
        row.add(left(sparkline(cell, static_cast<std::size_t>(widths.spark)), widths.spark));
    return row.element();
}

int longest_name(const std::vector<CellActivity> &cells)
{
    int longest = 0;
    for (const CellActivity &cell : cells)
        longest = std::max(longest, ftxui::string_width(to_line(cell.cgroup)));
    return longest;
}

constexpr std::string_view signs = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

ftxui::Color::Palette16 color_of_cell(std::uint32_t id)
{
    constexpr std::array colors{ftxui::Color::GrayLight,    ftxui::Color::CyanLight,
                                ftxui::Color::GreenLight,   ftxui::Color::YellowLight,
                                ftxui::Color::MagentaLight, ftxui::Color::BlueLight,
                                ftxui::Color::RedLight};
    return colors.at(id % colors.size());
}

/// A sign for each CPU: that of the cell that owns it.
Element map_row(std::size_t llc, const Cpus &cpus,
                const std::map<std::uint32_t, std::uint32_t> &owners, Style style)
{
    Elements row{ftxui::text(std::format("LLC {:<3} ", llc))};
    for (const std::uint32_t cpu : cpus) {
        const auto owner = owners.find(cpu);
        if (owner == owners.end()) {
            row.push_back(ftxui::text("."));
            continue;
        }
        const std::string sign(1, signs.at(owner->second % signs.size()));
        row.push_back(in_color(ftxui::text(sign), color_of_cell(owner->second), style));
    }
    row.push_back(ftxui::text(std::format("  CPUs {}", format_cpus(cpus))));
    return ftxui::hflow(std::move(row));
}

Element map_of(const std::vector<CellActivity> &cells, const std::vector<Cpus> &llcs,
               const TopView &view)
{
    std::map<std::uint32_t, std::uint32_t> owners;
    for (const CellActivity &cell : cells)
        for (const std::uint32_t cpu : cell.cpus)
            owners[cpu] = cell.id;
    Elements rows;
    for (std::size_t llc = 0; llc < llcs.size(); ++llc)
        rows.push_back(map_row(llc, llcs[llc], owners, view.style));
    return ftxui::vbox(std::move(rows));
}

Element head_of(const ServiceSnapshot &service, const TopView &view)
{
    const std::string reason =
        service.state_reason.empty() ? "" : " (" + service.state_reason + ")";
    const auto color = service.state == "running" ? ftxui::Color::Green : ftxui::Color::Red;
    return ftxui::hbox(
        {ftxui::text(service.scheduler + "  "),
         in_color(ftxui::text(service.state + reason), color, view.style),
         ftxui::text(
             std::format("  {} on {}  generation {}  moved {}", counted(service.cell_count, "cell"),
                         counted(service.managed_cpus.size(), "CPU"), service.generation,
                         format_ago(service.rebalanced_monotonic_us, view.now_monotonic_us)))});
}

Element foot_of(const TopView &view)
{
    return ftxui::text(std::format("{}sorted by {}   s sort  f freeze  up/down scroll  q quit",
                                   view.motion == Motion::frozen ? "FROZEN  " : "",
                                   to_string(view.sort))) |
           ftxui::dim;
}

} // namespace

std::string bar(double ratio, std::size_t width)
{
    constexpr std::array<std::string_view, 8> eighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const double full = std::clamp(ratio, 0.0, 1.0) * static_cast<double>(width);
    const auto steps = static_cast<std::size_t>(std::lround(full * 8));
    std::string text;
    for (std::size_t block = 0; block < steps / 8; ++block)
        text += "█";
    return text + std::string(eighths.at(steps % 8));
}

std::string sparkline(const CellActivity &cell, std::size_t width)
{
    constexpr std::array<std::string_view, 8> levels{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const std::size_t shown = std::min(width, cell.history.size());
    std::string text;
    for (auto at = cell.history.end() - static_cast<std::ptrdiff_t>(shown);
         at != cell.history.end(); ++at)
        text += levels.at(static_cast<std::size_t>(std::lround(std::clamp(*at, 0.0, 1.0) * 7)));
    return text;
}

Element draw(const TopModel &model, const std::vector<Cpus> &llcs, const TopView &view)
{
    const auto cells = model.cells(view.sort);
    const Widths widths = widths_for(view.width, longest_name(cells));
    Elements rows;
    for (std::size_t at = 0; at < cells.size(); ++at) {
        Element row = cell_row(cells[at], widths, view.style);
        const bool is_selected = at == std::min(view.selected, cells.size() - 1);
        rows.push_back(view.motion != Motion::batch && is_selected
                           ? row | ftxui::inverted | ftxui::focus
                           : row);
    }
    Elements parts{head_of(model.service(), view), map_of(cells, llcs, view), title_row(widths)};
    Element table = ftxui::vbox(std::move(rows));
    if (view.motion == Motion::batch) {
        parts.push_back(std::move(table));
    } else {
        parts.push_back(table | ftxui::yframe | ftxui::flex);
        parts.push_back(foot_of(view));
    }
    return ftxui::vbox(std::move(parts));
}

std::string print(const TopModel &model, const std::vector<Cpus> &llcs, const TopView &view)
{
    Element element = draw(model, llcs, view);
    // Dimension::Fit() would end at the terminal's height.
    element->ComputeRequirement();
    auto screen = ftxui::Screen::Create(ftxui::Dimension::Fixed(view.width),
                                        ftxui::Dimension::Fixed(element->requirement().min_y));
    ftxui::Render(screen, element);
    std::string text;
    for (int line = 0; line < screen.dimy(); ++line) {
        std::string letters;
        for (int column = 0; column < screen.dimx(); ++column)
            letters += screen.at(column, line);
        letters.erase(letters.find_last_not_of(' ') + 1);
        text += letters + "\n";
    }
    return text;
}

} // namespace mitosis::ctl
