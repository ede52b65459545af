// SPDX-License-Identifier: GPL-2.0-only
#include "config/toml_file.hpp"

#include "config/cell_rules.hpp"
#include "config/cgroup_path.hpp"
#include "config/raw_setting.hpp"
#include "config/settings.hpp"

#include <toml++/toml.hpp>

#include <algorithm>
#include <cstdint>
#include <expected>
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

void add_to_cell(Document &document, const std::string &pattern, const toml::key &key,
                 const toml::node &node, std::string_view path)
{
    RawCellSetting raw{.pattern = pattern,
                       .setting = {std::string(key.str()), {}, place(path, key.source())}};
    const CellSetting *const setting = find_cell_setting(raw.setting.name);
    auto value = to_value(node);
    if (setting == nullptr) {
        document.problems.push_back({raw.setting.source, key_of(raw),
                                     std::format("no such setting; the nearest setting is {}",
                                                 nearest_cell_setting(raw.setting.name)),
                                     ""});
    } else if (!value) {
        document.problems.push_back({raw.setting.source, key_of(raw), "a value of the wrong kind",
                                     allowed_values(*setting)});
    } else {
        raw.setting.value = *std::move(value);
        document.cells.push_back(std::move(raw));
    }
}

/// One table [cell."PATTERN"].
void add_cell(Document &document, const toml::key &key, const toml::node &node,
              std::string_view path)
{
    const std::string pattern(key.str());
    const auto named =
        pattern == "/" ? std::expected<void, std::string>() : check_cgroup_name(pattern);
    const toml::table *const keys = node.as_table();
    if (!named || keys == nullptr) {
        document.problems.push_back({place(path, key.source()), std::format("cell.\"{}\"", pattern),
                                     named ? "not a table of settings" : named.error(),
                                     "names of cgroups, which may hold *, ? and [...], or \"/\""});
        return;
    }
    for (const auto &[name, value] : *keys)
        add_to_cell(document, pattern, name, value, path);
}

void add_cells(Document &document, const toml::key &key, const toml::node &node,
               std::string_view path)
{
    const toml::table *const tables = node.as_table();
    if (tables == nullptr) {
        document.problems.push_back({place(path, key.source()), "cell", "a value of the wrong kind",
                                     "tables [cell.\"NAME\"]"});
        return;
    }
    for (const auto &[pattern, table] : *tables)
        add_cell(document, pattern, table, path);
}

/// toml++ iterates by key; people read by line.
void sort_by_place(Document &document)
{
    const auto by_place = [](const auto &entry) {
        return std::tuple(entry.source.line, entry.source.column);
    };
    std::ranges::stable_sort(document.settings, {}, by_place);
    std::ranges::stable_sort(document.problems, {}, by_place);
    std::ranges::stable_sort(document.cells, {},
                             [&](const RawCellSetting &raw) { return by_place(raw.setting); });
}

} // namespace

Document parse_toml(std::string_view text, std::string_view path)
{
    Document document;
    try {
        for (const auto &[key, node] : toml::parse(text, path))
            if (key.str() == "cell")
                add_cells(document, key, node, path);
            else
                add(document, key, node, path);
    } catch (const toml::parse_error &error) {
        return {
            .problems = {{place(path, error.source()), "", std::string(error.description()), ""}}};
    }
    sort_by_place(document);
    return document;
}

} // namespace mitosis::config
