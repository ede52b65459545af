// SPDX-License-Identifier: GPL-2.0-only
// The part of text.hpp about settings and about what happens.
#include "core/ids.hpp"
#include "core/kernel_event.hpp"
#include "ctl/format.hpp"
#include "ctl/policy_text.hpp"
#include "ctl/settings_text.hpp"
#include "ctl/snapshot.hpp"
#include "ctl/text.hpp"

#include <cstdint>
#include <format>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mitosis::ctl {

namespace {

std::string setting_line(const ServiceSnapshot &service, const std::string &name,
                         const ConfigValue &value)
{
    const auto origin = service.config_origins.find(name);
    return std::format("{} = {}{}\n", name, to_toml(value),
                       origin == service.config_origins.end() ? "" : "  # " + origin->second);
}

std::string changes_of(std::span<const CellChange> changes)
{
    std::string text;
    for (const CellChange &change : changes)
        text += std::format("; cell {} gains {}, loses {}", change.cell, format_cpus(change.gained),
                            format_cpus(change.lost));
    return text;
}

std::string joined(std::span<const std::string> words)
{
    std::string text;
    for (const std::string &word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string to_text(const PropertyChange::Value &value)
{
    if (const auto *const text = std::get_if<std::string>(&value))
        return *text;
    if (const auto *const number = std::get_if<std::uint64_t>(&value))
        return std::to_string(*number);
    if (const auto *const cpus = std::get_if<Cpus>(&value))
        return format_cpus(*cpus);
    return "[" + joined(std::get<std::vector<std::string>>(value)) + "]";
}

std::string words_of(std::span<const PropertyChange> changes)
{
    std::vector<std::string> words;
    words.reserve(changes.size());
    for (const PropertyChange &change : changes)
        words.push_back(change.name + (change.value ? " " + to_text(*change.value) : ""));
    return joined(words);
}

/// A kind that this program does not know is shown with all that is known of it.
std::string words_of(const SchedulerEvent &event)
{
    const KernelEvent known{.kind = parse_event_kind(event.kind),
                            .at_ns = 0,
                            .cgroup = CgroupId{event.cgroup_id},
                            .pid = event.pid,
                            .cell = CellId{event.cell},
                            .cpu = event.cpu};
    return std::format("{}, CPU {}: {}", event.kind, event.cpu, describe(known));
}

std::string words_of(const Happening &happening)
{
    switch (happening.kind) {
    case Happening::Kind::rebalanced:
        return std::format("CPUs moved ({}), generation {}{}", happening.cause,
                           happening.generation, changes_of(happening.changes));
    case Happening::Kind::reconfigured:
        return std::format("settings changed ({}), generation {}: {}", happening.cause,
                           happening.generation, joined(happening.names));
    case Happening::Kind::exited:
        return std::format("the kernel ended the scheduler: {} (kind {}, code {}) {}",
                           happening.exit.reason, happening.exit.kind, happening.exit.code,
                           happening.exit.message);
    case Happening::Kind::cell_added:
        return std::format("cell {} came: {} with CPUs {}", happening.changes.front().cell,
                           happening.cause, format_cpus(happening.changes.front().gained));
    case Happening::Kind::cell_removed:
        return "gone: " + happening.object;
    case Happening::Kind::changed:
        return "changed: " + words_of(happening.properties);
    case Happening::Kind::scheduler_event:
        return words_of(happening.event);
    case Happening::Kind::events_left_out:
        return std::format("left out, because there were too many: {}", happening.left_out);
    case Happening::Kind::service_gone:
        return "the service is gone from the bus";
    case Happening::Kind::service_came:
        return "the service is on the bus again";
    }
    std::unreachable();
}

} // namespace

std::string render_config(const ServiceSnapshot &service)
{
    std::string text;
    for (const auto &[name, value] : service.config)
        text += setting_line(service, name, value);
    return text + render_rules(service.cell_rules);
}

std::string render_config_diff(const ServiceSnapshot &service)
{
    std::string text;
    for (const auto &[name, value] : service.config)
        if (service.config_origins.contains(name))
            text += setting_line(service, name, value);
    text += render_rules(service.cell_rules);
    return text.empty() ? "Everything is at its default.\n" : text;
}

std::string render_config_files(const ServiceSnapshot &service)
{
    std::string text;
    for (const std::string &file : service.config_files)
        text += file + "\n";
    return text.empty() ? "No configuration file was read.\n" : text;
}

std::string render_setting_names(const ServiceSnapshot &service)
{
    std::string text;
    for (const auto &[name, value] : service.config)
        text += name + "\n";
    return text;
}

std::string render_happening(const Happening &happening)
{
    std::string text = words_of(happening);
    while (text.ends_with(' '))
        text.pop_back();
    return text + "\n";
}

} // namespace mitosis::ctl
