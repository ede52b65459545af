// SPDX-License-Identifier: GPL-2.0-only
#include "config/log_filter.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>

namespace mitosis::config {
namespace {

/// What it is called in upstream's filters.
constexpr std::string_view own_target = "scx_mitosis";

/// Of upstream to ours.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> levels{{
    {"off", "error"},
    {"error", "error"},
    {"warn", "warn"},
    {"info", "info"},
    {"debug", "debug"},
    {"trace", "trace"},
}};

struct Directive {
    std::string_view target; // "": all of them
    std::string_view level;
};

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\n";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::optional<std::string_view> level_named(std::string_view text)
{
    std::string name(text);
    std::ranges::transform(name, name.begin(), [](unsigned char letter) {
        return static_cast<char>(std::tolower(letter));
    });
    const auto *const found =
        std::ranges::find(levels, std::string_view(name), [](auto &each) { return each.first; });
    return found == levels.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Directive> to_directive(std::string_view text)
{
    const std::size_t equals = text.rfind('=');
    if (equals == std::string_view::npos) {
        if (const auto level = level_named(text))
            return Directive{.target = {}, .level = *level};
        return Directive{.target = text, .level = "trace"};
    }
    const std::string_view target = text.substr(0, equals);
    const auto level = level_named(text.substr(equals + 1));
    if (!level || target.contains('='))
        return std::nullopt;
    return Directive{.target = target, .level = *level};
}

bool is_about_us(std::string_view target)
{
    return own_target.starts_with(target);
}

} // namespace

std::optional<std::string> level_of_filter(std::string_view filter)
{
    Directive best{.target = {}, .level = "error"};
    for (const auto part : std::views::split(filter, ',')) {
        const std::string_view text = trimmed(std::string_view(part));
        if (text.empty())
            continue;
        const auto directive = to_directive(text);
        if (!directive)
            return std::nullopt;
        // The more a target says the more it counts; of two that are equal, the later one.
        if (is_about_us(directive->target) && directive->target.size() >= best.target.size())
            best = *directive;
    }
    return std::string(best.level);
}

} // namespace mitosis::config
