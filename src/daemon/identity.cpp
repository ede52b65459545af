// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/identity.hpp"

#include "config/settings.hpp"
#include "core/cell_policy.hpp"
#include "core/config.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/fingerprint.hpp"
#include "core/ids.hpp"
#include "core/manifest.hpp"
#include "core/rule_settings.hpp"
#include "core/topology.hpp"

#include <cstdint>
#include <format>
#include <string>
#include <vector>

namespace mitosis::daemon {
namespace {

/// Of the settings with this effect, a line each.
std::string settings_text(const Config &config, config::Effect effect)
{
    std::string text;
    for (const config::Setting &setting : config::settings())
        if (setting.effect == effect)
            text += std::format("{}={}\n", setting.name, config::to_toml(setting.load(config)));
    return text;
}

struct RuleText {
    std::string &text;
    void operator()(const char *name, const std::vector<LlcId> &llcs) const
    {
        text += std::format(" {}={}", name, to_llc_list(llcs));
    }
    void operator()(const char *name, const CpuSet &cpus) const
    {
        text += std::format(" {}={}", name, to_cpu_list(cpus));
    }
    template <class Value> void operator()(const char *name, const Value &value) const
    {
        text += std::format(" {}={}", name, value);
    }
};

std::string rules_text(const Config &config)
{
    std::string text;
    for (const CellRule &rule : config.cell_rules) {
        text += std::format("{}:", config::to_toml(rule.pattern));
        for_each_setting(rule, RuleText{text});
        text += '\n';
    }
    return text;
}

std::string machine_text(const Topology &topology)
{
    std::string text;
    for (const CpuPlace &place : topology.places())
        text += std::format("{} {} {} {} {}\n", place.cpu, place.core, place.llc, place.node,
                            place.kind);
    return text;
}

} // namespace

Identity identity_of(std::uint64_t object, const Config &attached_with, const Config &config,
                     const Topology &topology)
{
    return {.object = object,
            .options = fingerprint(settings_text(attached_with, config::Effect::reattach) +
                                   settings_text(attached_with, config::Effect::reattach_for_on)),
            .machine = fingerprint(machine_text(topology)),
            .settings = fingerprint(settings_text(config, config::Effect::live) +
                                    settings_text(config, config::Effect::reattach_for_on) +
                                    rules_text(config))};
}

} // namespace mitosis::daemon
