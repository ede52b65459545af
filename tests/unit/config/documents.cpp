// SPDX-License-Identifier: GPL-2.0-only
#include "documents.hpp"

#include "config/settings.hpp"
#include "core/config.hpp"

#include <cstddef>
#include <format>
#include <sstream>
#include <string>
#include <string_view>

namespace mitosis::config {
namespace {

/// Lines of at most `columns`, each behind `lead`.
std::string wrapped(const std::string &text, std::string_view lead, std::size_t columns)
{
    std::istringstream words(text);
    std::string lines;
    std::string line;
    for (std::string word; words >> word;) {
        if (!line.empty() && lead.size() + line.size() + 1 + word.size() > columns) {
            lines.append(lead).append(line).append("\n");
            line.clear();
        }
        line.append(line.empty() ? "" : " ").append(word);
    }
    return lines.append(lead).append(line).append("\n");
}

std::string as_comment(const std::string &text)
{
    return wrapped(text, "# ", 80);
}

std::string as_paragraph(const std::string &text)
{
    return wrapped(text, "\t", 90);
}

std::string allowed_and_effect(const Setting &setting)
{
    return std::format("Allowed: {}. A change counts {}.", allowed_values(setting),
                       to_string(setting.effect));
}

/// Unset has no form in TOML, so its line shows an example.
std::string value_in_sample(const Setting &setting)
{
    return setting.example.empty() ? to_toml(setting.load(Config{})) : std::string(setting.example);
}

std::string value_in_man(const Setting &setting)
{
    return setting.example.empty() ? to_toml(setting.load(Config{})) : "unset";
}

std::string option_with_value(const Setting &setting)
{
    std::string option = std::format("*--{}*", setting.name);
    if (setting.letter != 0)
        option = std::format("*-{}*, {}", setting.letter, option);
    if (setting.type == ValueType::toggle && !setting.bare.empty())
        return option;
    if (!setting.bare.empty())
        return setting.placeholder.empty() ? option
                                           : std::format("{}[=_{}_]", option, setting.placeholder);
    return std::format("{} _{}_", option, setting.placeholder);
}

std::string sample_of_cells()
{
    std::string text =
        "\n" + as_comment("Rules for the cells of cgroups with this name, which may be a pattern "
                          "with *, ? and [...]; \"/\" is cell 0. What the most specific table says "
                          "counts. A change counts at once.");
    text += "#[cell.\"web.service\"]\n";
    for (const CellSetting &setting : cell_rule_settings()) {
        text += "\n" + as_comment(std::string(setting.doc));
        text += as_comment("Allowed: " + allowed_values(setting) + ".");
        text += std::format("#{} = {}\n", setting.name, setting.example);
    }
    return text;
}

} // namespace

std::string sample_file()
{
    std::string text = "# SPDX-License-Identifier: GPL-2.0-only\n"
                       "# Settings of scx-mitosis, see mitosis.toml(5). Every line shows a "
                       "default, or an example\n"
                       "# where nothing is set by default.\n";
    for (const Setting &setting : settings()) {
        text += "\n" + as_comment(std::string(setting.doc));
        text += as_comment("Allowed: " + allowed_values(setting) + ".");
        text += as_comment("A change counts " + to_string(setting.effect) + ".");
        text += std::format("#{} = {}\n", setting.name, value_in_sample(setting));
    }
    return text + sample_of_cells();
}

std::string man_cell_settings()
{
    std::string text;
    for (const CellSetting &setting : cell_rule_settings())
        text += std::format("*{}*\n{}\n{}\n", setting.name, as_paragraph(std::string(setting.doc)),
                            as_paragraph("Allowed: " + allowed_values(setting) + "."));
    return text;
}

std::string man_settings()
{
    std::string text;
    for (const Setting &setting : settings())
        text += std::format("*{}* = {}\n{}\n{}\n", setting.name, value_in_man(setting),
                            as_paragraph(std::string(setting.doc)),
                            as_paragraph(allowed_and_effect(setting)));
    return text;
}

std::string man_options()
{
    std::string text;
    for (const Setting &setting : settings())
        text += (text.empty() ? "" : ", ") + option_with_value(setting);
    return wrapped(text, "", 90);
}

} // namespace mitosis::config
