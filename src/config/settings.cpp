// SPDX-License-Identifier: GPL-2.0-only
#include "config/settings.hpp"

#include "config/cell_rules.hpp"
#include "config/raw_setting.hpp"
#include "core/cell_policy.hpp"
#include "core/config.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <format>
#include <iterator>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace mitosis::config {
namespace {

/// How many characters have to be inserted, deleted or replaced (Levenshtein).
std::size_t edit_distance(std::string_view from, std::string_view to)
{
    std::vector<std::size_t> row(to.size() + 1);
    std::ranges::iota(row, std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

std::string toml_string(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + "\"";
}

std::string list_in_toml(const std::vector<std::string> &items)
{
    std::string out;
    for (const std::string &item : items)
        out += (out.empty() ? "" : ", ") + toml_string(item);
    return "[" + out + "]";
}

/// Turns a visit of a variant into an overload set.
template <class... Cases> struct Overloaded : Cases... {
    using Cases::operator()...;
};

/// Which values are right for a setting, of whatever table.
struct Accepted {
    ValueType type;
    std::string_view unit;
    std::optional<Range> range;
    std::string_view allowed;
};

template <class Row> Accepted accepted_by(const Row &row)
{
    return {.type = row.type, .unit = row.unit, .range = row.range, .allowed = row.allowed};
}

/// The value in the setting's own type; nothing if it has another. A whole number is also a real
/// one.
std::optional<Value> in_type_of(const Accepted &setting, const Value &value)
{
    if (setting.type == ValueType::real && std::holds_alternative<std::int64_t>(value))
        return static_cast<double>(std::get<std::int64_t>(value));
    // ValueType's order is Value's.
    if (value.index() == static_cast<std::size_t>(std::to_underlying(setting.type)))
        return value;
    return std::nullopt;
}

std::string type_in_words(ValueType type)
{
    switch (type) {
    case ValueType::toggle:
        return "true or false";
    case ValueType::integer:
        return "a whole number";
    case ValueType::real:
        return "a number";
    case ValueType::text:
        return "a string";
    case ValueType::text_list:
        return "a list of strings";
    }
    std::unreachable();
}

bool in_range(const Accepted &setting, const Value &value)
{
    if (!setting.range)
        return true;
    const double number = setting.type == ValueType::real
                              ? std::get<double>(value)
                              : static_cast<double>(std::get<std::int64_t>(value));
    return number >= setting.range->lowest && number <= setting.range->highest; // refuses NaN
}

/// Without an exponent: "1000000", "0.05".
std::string in_digits(double number)
{
    return std::trunc(number) == number ? std::format("{:.0f}", number) : std::format("{}", number);
}

template <class Number> std::optional<Number> parse_number(std::string_view text)
{
    Number number{};
    const char *const end = text.data() + text.size();
    const auto [rest, code] = std::from_chars(text.data(), end, number);
    if (code != std::errc{} || rest != end)
        return std::nullopt;
    return number;
}

std::optional<Value> value_in(ValueType type, std::string_view text)
{
    const auto to_value = [](auto number) -> Value { return number; };
    switch (type) {
    case ValueType::toggle:
        return text == "true" || text == "false" ? std::optional<Value>(text == "true")
                                                 : std::nullopt;
    case ValueType::integer:
        return parse_number<std::int64_t>(text).transform(to_value);
    case ValueType::real:
        return parse_number<double>(text).transform(to_value);
    case ValueType::text:
        return Value(std::string(text));
    case ValueType::text_list:
        return Value(std::vector{std::string(text)});
    }
    std::unreachable();
}

std::string in_words(const Accepted &setting)
{
    if (setting.range)
        return std::format("{} to {}{}{}", in_digits(setting.range->lowest),
                           in_digits(setting.range->highest), setting.unit.empty() ? "" : " ",
                           setting.unit);
    return setting.allowed.empty() ? type_in_words(setting.type) : std::string(setting.allowed);
}

/// Puts the value into `target` if it is one of the row's.
template <class Row, class Target>
std::expected<void, std::string> store_checked(const Row &row, const Value &given, Target &target)
{
    const Accepted accepted = accepted_by(row);
    const auto value = in_type_of(accepted, given);
    if (!value)
        return std::unexpected(to_toml(given) + " is not " + type_in_words(row.type));
    if (!in_range(accepted, *value))
        return std::unexpected(to_toml(*value) + " is out of range");
    return row.store(target, *value);
}

template <class Row> std::string_view nearest(std::span<const Row> rows, std::string_view name)
{
    return std::ranges::min_element(
               rows, {}, [name](const Row &row) { return edit_distance(name, row.name); })
        ->name;
}

template <class Row> const Row *find(std::span<const Row> rows, std::string_view name)
{
    const auto found = std::ranges::find(rows, name, &Row::name);
    return found == rows.end() ? nullptr : &*found;
}

/// The rule of this pattern, which may be a new one.
CellRule &rule_of(Config &config, const std::string &pattern)
{
    auto at = std::ranges::lower_bound(config.cell_rules, pattern, {}, &CellRule::pattern);
    if (at == config.cell_rules.end() || at->pattern != pattern)
        at = config.cell_rules.insert(at, CellRule{.pattern = pattern});
    return *at;
}

std::optional<Problem> store_cell(const RawCellSetting &raw, Config &config)
{
    // The file's reader let no other name pass.
    const CellSetting &setting = *find_cell_setting(raw.setting.name);
    const auto stored = store_checked(setting, raw.setting.value, rule_of(config, raw.pattern));
    if (stored)
        return std::nullopt;
    return Problem{.source = raw.setting.source,
                   .key = key_of(raw),
                   .reason = stored.error(),
                   .allowed = allowed_values(setting)};
}

bool is_given(const Effective &effective, std::string_view name)
{
    return std::ranges::contains(effective.origins, name, &Origin::name);
}

/// Of a setting that somebody gave.
Problem broken_rule(const Effective &effective, std::string key, std::string reason)
{
    const auto origin = std::ranges::find(effective.origins, key, &Origin::name);
    return {.source = origin->source,
            .key = std::move(key),
            .reason = std::move(reason),
            .allowed = ""};
}

/// Rules that join several settings.
std::vector<Problem> broken_rules(const Effective &effective)
{
    const Config &config = effective.config;
    const SliceShrinking &shrinking = config.features.slice_shrinking;
    std::vector<Problem> problems;
    if (!config.cell_exclude.empty() && !config.cell_parent_cgroup)
        problems.push_back(
            broken_rule(effective, "cell-exclude", "has no meaning without cell-parent-cgroup"));
    if (config.features.work_stealing && !config.features.llc_awareness)
        problems.push_back(broken_rule(effective, "enable-work-stealing",
                                       "requires enable-llc-awareness: without it a cell has one "
                                       "queue and nothing to steal from"));
    if (shrinking.min >= shrinking.max)
        problems.push_back(broken_rule(
            effective,
            is_given(effective, "slice-shrink-min-us") ? "slice-shrink-min-us"
                                                       : "slice-shrink-max-us",
            std::format("slice-shrink-min-us ({}) must be less than slice-shrink-max-us ({})",
                        shrinking.min.count(), shrinking.max.count())));
    return problems;
}

std::optional<Source> last_source(std::span<const Document> documents, std::string_view name)
{
    std::optional<Source> source;
    for (const Document &document : documents)
        for (const RawSetting &raw : document.settings)
            if (raw.name == name)
                source = raw.source;
    return source;
}

} // namespace

const Setting *find_setting(std::string_view name)
{
    return find(settings(), name);
}

std::string_view nearest_setting(std::string_view name)
{
    return nearest(settings(), name);
}

std::string allowed_values(const Setting &setting)
{
    return in_words(accepted_by(setting));
}

const CellSetting *find_cell_setting(std::string_view name)
{
    return find(cell_rule_settings(), name);
}

std::string_view nearest_cell_setting(std::string_view name)
{
    return nearest(cell_rule_settings(), name);
}

std::string allowed_values(const CellSetting &setting)
{
    return in_words(accepted_by(setting));
}

std::string to_toml(const Value &value)
{
    return std::visit(Overloaded{
                          [](bool flag) { return std::string(flag ? "true" : "false"); },
                          [](std::int64_t number) { return std::to_string(number); },
                          // TOML wants a real number to look like one.
                          [](double number) {
                              std::string text = std::format("{}", number);
                              return text.find_first_of(".e") == std::string::npos ? text + ".0"
                                                                                   : text;
                          },
                          [](const std::string &text) { return toml_string(text); },
                          [](const std::vector<std::string> &items) { return list_in_toml(items); },
                      },
                      value);
}

std::expected<Value, std::string> parse_value(const Setting &setting, std::string_view text)
{
    if (auto value = value_in(setting.type, text))
        return *std::move(value);
    return std::unexpected(std::format("\"{}\" is not {}", text, type_in_words(setting.type)));
}

std::optional<Problem> store(const RawSetting &raw, Config &config)
{
    const Setting *const setting = find_setting(raw.name);
    if (setting == nullptr)
        return Problem{
            .source = raw.source,
            .key = raw.name,
            .reason = std::format("no such setting; the nearest is {}", nearest_setting(raw.name)),
            .allowed = ""};
    if (auto stored = store_checked(*setting, raw.value, config); !stored)
        return Problem{.source = raw.source,
                       .key = raw.name,
                       .reason = std::move(stored).error(),
                       .allowed = allowed_values(*setting)};
    return std::nullopt;
}

/// Lays the document over the configuration; what it has wrong is left out and returned.
std::vector<Problem> lay(const Document &document, Config &config)
{
    std::vector<Problem> problems = document.problems;
    for (const RawSetting &raw : document.settings)
        if (auto problem = store(raw, config))
            problems.push_back(*std::move(problem));
    for (const RawCellSetting &raw : document.cells)
        if (auto problem = store_cell(raw, config))
            problems.push_back(*std::move(problem));
    return problems;
}

std::expected<Effective, std::vector<Problem>> merge(std::span<const Document> documents)
{
    Effective effective;
    std::vector<Problem> problems;
    for (const Document &document : documents)
        std::ranges::move(lay(document, effective.config), std::back_inserter(problems));
    for (const Setting &setting : settings())
        if (auto source = last_source(documents, setting.name))
            effective.origins.push_back({std::string(setting.name), *std::move(source)});
    if (problems.empty())
        problems = broken_rules(effective);
    if (problems.empty())
        problems = contradictions(documents, effective.config);
    if (!problems.empty())
        return std::unexpected(std::move(problems));
    return effective;
}

} // namespace mitosis::config
