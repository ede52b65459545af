// SPDX-License-Identifier: GPL-2.0-only
#include "config/toml_file.hpp"

#include "config/raw_setting.hpp"
#include "config/settings.hpp"

#include <toml++/toml.hpp>

#include <algorithm>
#include <cstdint>
#include <format>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace mitosis::config {
namespace {

Source place(std::string_view path, const toml::source_region &region)
{
    return {.name = std::string(path), .line = region.begin.line, .column = region.begin.column};
}

std::optional<Value> list_of_text(const toml::array &array)
{
    std::vector<std::string> items;
    for (const toml::node &item : array) {
        const auto *const text = item.as_string();
        if (text == nullptr)
            return std::nullopt;
        items.push_back(text->get());
    }
    return items;
}

/// Nothing for tables, dates and lists of other things than strings: no setting is like that.
std::optional<Value> to_value(const toml::node &node)
{
    if (const auto *const flag = node.as_boolean())
        return flag->get();
    if (const auto *const number = node.as_integer())
        return std::int64_t{number->get()};
    if (const auto *const number = node.as_floating_point())
        return number->get();
    if (const auto *const text = node.as_string())
        return text->get();
    if (const auto *const array = node.as_array())
        return list_of_text(*array);
    return std::nullopt;
}

std::string unknown_reason(const toml::node &node, std::string_view key)
{
    return std::format("no such {}; the nearest setting is {}",
                       node.is_table() ? "table" : "setting", nearest_setting(key));
}

void add(Document &document, const toml::key &key, const toml::node &node, std::string_view path)
{
    Source source = place(path, key.source());
    const std::string name(key.str());
    const Setting *const setting = find_setting(name);
    auto value = to_value(node);
    if (setting == nullptr)
        document.problems.push_back({std::move(source), name, unknown_reason(node, name), ""});
    else if (!value)
        document.problems.push_back(
            {std::move(source), name, "a value of the wrong kind", allowed_values(*setting)});
    else
        document.settings.push_back({name, *std::move(value), std::move(source)});
}

/// toml++ iterates by key; people read by line.
void sort_by_place(Document &document)
{
    const auto by_place = [](const auto &entry) {
        return std::tuple(entry.source.line, entry.source.column);
    };
    std::ranges::stable_sort(document.settings, {}, by_place);
    std::ranges::stable_sort(document.problems, {}, by_place);
}

} // namespace

Document parse_toml(std::string_view text, std::string_view path)
{
    Document document;
    try {
        for (const auto &[key, node] : toml::parse(text, path))
            add(document, key, node, path);
    } catch (const toml::parse_error &error) {
        return {
            .settings = {},
            .problems = {{place(path, error.source()), "", std::string(error.description()), ""}}};
    }
    sort_by_place(document);
    return document;
}

} // namespace mitosis::config
