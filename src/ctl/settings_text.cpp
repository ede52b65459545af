// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/settings_text.hpp"

#include "ctl/failure.hpp"
#include "ctl/snapshot.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <format>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace mitosis::ctl {

namespace {

template <class Number> std::optional<Number> parse_number(std::string_view text)
{
    Number number{};
    const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
    if (error != std::errc{} || end != text.end())
        return std::nullopt;
    return number;
}

std::vector<std::string> split(const std::string &text)
{
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, ',');)
        parts.push_back(part);
    return parts;
}

/// The text as the type that stands in `like`; as text where it is none of that type.
ConfigValue parse_like(const ConfigValue &like, const std::string &text)
{
    if (std::holds_alternative<bool>(like) && (text == "true" || text == "false"))
        return text == "true";
    if (std::holds_alternative<std::uint64_t>(like))
        if (const auto number = parse_number<std::uint64_t>(text))
            return *number;
    if (std::holds_alternative<double>(like))
        if (const auto number = parse_number<double>(text))
            return *number;
    if (std::holds_alternative<std::vector<std::string>>(like))
        return split(text);
    return text;
}

std::string in_quotes(std::string_view text)
{
    std::string result = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\')
            result += '\\';
        result += letter;
    }
    return result + "\"";
}

std::string list_of(const std::vector<std::string> &texts)
{
    std::string result;
    for (const std::string &text : texts)
        result += (result.empty() ? "" : ", ") + in_quotes(text);
    return "[" + result + "]";
}

/// With a point, so that it is a float for TOML.
std::string real(double number)
{
    std::string text = std::format("{}", number);
    return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

} // namespace

std::expected<ConfigMap, Failure> parse_assignments(std::span<const std::string> words,
                                                    const ConfigMap &known)
{
    ConfigMap settings;
    for (const std::string &word : words) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos || equals == 0)
            return std::unexpected(
                Failure{ExitStatus::usage, "\"" + word + "\" is not of the form NAME=VALUE"});
        const std::string name = word.substr(0, equals);
        const std::string text = word.substr(equals + 1);
        const auto like = known.find(name);
        const ConfigValue value =
            like == known.end() ? ConfigValue(text) : parse_like(like->second, text);
        if (!settings.emplace(name, value).second)
            return std::unexpected(Failure{ExitStatus::usage, name + " is given twice"});
    }
    return settings;
}

std::string to_toml(const ConfigValue &value)
{
    if (const auto *const flag = std::get_if<bool>(&value))
        return *flag ? "true" : "false";
    if (const auto *const number = std::get_if<std::uint64_t>(&value))
        return std::to_string(*number);
    if (const auto *const number = std::get_if<double>(&value))
        return real(*number);
    if (const auto *const text = std::get_if<std::string>(&value))
        return in_quotes(*text);
    return list_of(std::get<std::vector<std::string>>(value));
}

} // namespace mitosis::ctl
