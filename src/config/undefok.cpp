// SPDX-License-Identifier: GPL-2.0-only
#include "config/undefok.hpp"

#include <algorithm>
#include <cstddef>
#include <expected>
#include <format>
#include <functional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::config {
namespace {

constexpr std::string_view own_option = "--undefok";

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\n\r\f\v";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_name(std::string_view text)
{
    return !text.empty() && !text.starts_with('-') && !text.contains('=');
}

std::expected<void, std::string> add_names(std::string_view list, std::vector<std::string> &names)
{
    if (list.empty())
        return std::unexpected(std::format("{}: needs names of options", own_option));
    for (const auto part : std::views::split(list, ',')) {
        const std::string_view name = trimmed(std::string_view(part));
        if (!is_name(name))
            return std::unexpected(std::format("{}: \"{}\" is not the name of an option, which has "
                                               "no leading dashes and no \"=\"",
                                               own_option, name));
        names.emplace_back(name);
    }
    return {};
}

struct Split {
    std::vector<std::string> names;
    std::vector<std::string> others;
};

/// The names that may be unknown, and all other arguments.
std::expected<Split, std::string> split(std::span<const std::string> arguments)
{
    Split found;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        std::string_view list = arguments[i];
        if (list == own_option) {
            ++i;
            list = i < arguments.size() ? std::string_view(arguments[i]) : "";
        } else if (list.starts_with("--undefok=")) {
            list.remove_prefix(own_option.size() + 1);
        } else {
            found.others.push_back(arguments[i]);
            continue;
        }
        if (auto added = add_names(list, found.names); !added)
            return std::unexpected(std::move(added).error());
    }
    return found;
}

/// Of a long option; "" for everything else.
std::string name_of(std::string_view argument)
{
    if (!argument.starts_with("--"))
        return {};
    argument.remove_prefix(2);
    return std::string(argument.substr(0, argument.find('=')));
}

} // namespace

std::expected<KnownArguments, std::string>
drop_undefined(std::span<const std::string> arguments,
               const std::function<bool(const std::string &)> &exists)
{
    const auto found = split(arguments);
    if (!found)
        return std::unexpected(found.error());
    KnownArguments known;
    const std::vector<std::string> &others = found->others;
    for (std::size_t i = 0; i < others.size(); ++i) {
        const std::string name = name_of(others[i]);
        if (name.empty() || !std::ranges::contains(found->names, name) || exists(name)) {
            known.arguments.push_back(others[i]);
            continue;
        }
        known.dropped.push_back("--" + name);
        const bool has_value = others[i].contains('=');
        if (!has_value && i + 1 < others.size() && !others[i + 1].starts_with('-'))
            ++i;
    }
    return known;
}

} // namespace mitosis::config
