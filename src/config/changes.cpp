// SPDX-License-Identifier: GPL-2.0-only
// What follows from a setting that has another value now.
#include "config/settings.hpp"
#include "core/config.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mitosis::config {

std::string to_string(Effect effect)
{
    switch (effect) {
    case Effect::live:
        return "at once";
    case Effect::reattach:
        return "at once, by attaching the scheduler anew";
    case Effect::reattach_for_on:
        return "at once; to true, where the scheduler was attached with false, by attaching it "
               "anew";
    case Effect::restart:
        return "at the next start";
    case Effect::none:
        return "for nothing";
    }
    std::unreachable();
}

std::vector<std::string> changed_settings(const Config &before, const Config &after)
{
    std::vector<std::string> names;
    for (const Setting &setting : settings())
        if (setting.load(before) != setting.load(after))
            names.emplace_back(setting.name);
    if (before.cell_rules != after.cell_rules)
        names.emplace_back("cell");
    return names;
}

std::vector<std::string> settings_to_reattach_for(const Config &attached, const Config &wanted)
{
    std::vector<std::string> names;
    for (const Setting &setting : settings()) {
        const bool matters =
            setting.effect == Effect::reattach ||
            (setting.effect == Effect::reattach_for_on && std::get<bool>(setting.load(wanted)));
        if (matters && setting.load(attached) != setting.load(wanted))
            names.emplace_back(setting.name);
    }
    return names;
}

} // namespace mitosis::config
