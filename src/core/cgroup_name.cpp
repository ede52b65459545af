// SPDX-License-Identifier: GPL-2.0-only
#include "core/cgroup_name.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <cstddef>
#include <format>
#include <span>
#include <string>
#include <string_view>

namespace mitosis {

namespace {

bool continues(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

/// Bytes of the character that the text, which is not empty, begins with; 0 where it is no UTF-8
/// (RFC 3629: no longer form than needed, no surrogates, nothing above U+10FFFF).
std::size_t length_of_first(std::string_view text)
{
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80U)
        return 1;
    const std::size_t length = first >= 0xf0U ? 4 : first >= 0xe0U ? 3 : 2;
    if (first < 0xc2U || first > 0xf4U || text.size() < length ||
        !std::ranges::all_of(text.substr(1, length - 1), continues))
        return 0;
    const auto second = static_cast<unsigned char>(text[1]);
    const bool is_out_of_range =
        (first == 0xe0U && second < 0xa0U) || (first == 0xedU && second > 0x9fU) ||
        (first == 0xf0U && second < 0x90U) || (first == 0xf4U && second > 0x8fU);
    return is_out_of_range ? 0 : length;
}

/// U+0000 to U+001F, U+007F to U+009F.
bool is_control(std::string_view character)
{
    const auto first = static_cast<unsigned char>(character[0]);
    return first < 0x20U || first == 0x7fU ||
           (first == 0xc2U && static_cast<unsigned char>(character[1]) < 0xa0U);
}

void escape(std::string &text, std::string_view bytes)
{
    for (const char byte : bytes)
        text += std::format("\\x{:02x}", static_cast<unsigned char>(byte));
}

std::string escaped(std::string_view path, bool also_controls)
{
    std::string text;
    while (!path.empty()) {
        const std::size_t length = length_of_first(path);
        const std::string_view first = path.substr(0, std::max<std::size_t>(length, 1));
        if (length == 0 || (also_controls && is_control(first)))
            escape(text, first);
        else
            text += first;
        path.remove_prefix(first.size());
    }
    return text;
}

} // namespace

bool matches_name(const std::string &pattern, const std::string &name)
{
    // A backslash stands for itself: systemd writes them into names.
    return pattern == name || ::fnmatch(pattern.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
}

bool matches_any_name(std::span<const std::string> patterns, const std::string &name)
{
    return std::ranges::any_of(
        patterns, [&name](const std::string &pattern) { return matches_name(pattern, name); });
}

std::string to_text(std::string_view path)
{
    return escaped(path, false);
}

std::string to_line(std::string_view path)
{
    return escaped(path, true);
}

} // namespace mitosis
