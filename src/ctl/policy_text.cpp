// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/policy_text.hpp"

#include "core/cell_policy.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "core/rule_settings.hpp"
#include "ctl/settings_text.hpp"
#include "ctl/snapshot.hpp"

#include <cstdint>
#include <format>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mitosis::ctl {

namespace {

ConfigValue to_value(std::uint32_t number)
{
    return std::uint64_t{number};
}

ConfigValue to_value(bool flag)
{
    return flag;
}

ConfigValue to_value(const CpuSet &cpus)
{
    return to_cpu_list(cpus);
}

ConfigValue to_value(const std::vector<LlcId> &llcs)
{
    return to_llc_list(llcs);
}

template <class T> std::optional<T> unless(const T &value, const T &default_value)
{
    return value == default_value ? std::nullopt : std::optional<T>(value);
}

/// The rule that makes this policy out of the default.
CellRule rule_of(const CellPolicy &policy)
{
    const CellPolicy by_default;
    CellRule rule;
    rule.min_cpus = unless(policy.min_cpus, by_default.min_cpus);
    rule.max_cpus = policy.max_cpus;
    rule.weight = unless(policy.weight, by_default.weight);
    rule.exclusive = unless(policy.exclusive, by_default.exclusive);
    rule.lend_cores = unless(policy.lend_cores, by_default.lend_cores);
    rule.borrow = unless(policy.borrow, by_default.borrow);
    rule.llcs = unless(policy.llcs, by_default.llcs);
    rule.cpus = policy.cpus;
    return rule;
}

} // namespace

std::vector<std::string> assignments_of(const CellRule &rule)
{
    std::vector<std::string> assignments;
    for_each_setting(rule, [&assignments](const char *name, const auto &value) {
        assignments.push_back(std::format("{} = {}", name, to_toml(to_value(value))));
    });
    return assignments;
}

std::string render_rules(std::span<const CellRule> rules)
{
    std::string text;
    for (const CellRule &rule : rules) {
        text += std::format("\n[cell.{}]\n", to_toml(rule.pattern));
        for (const std::string &assignment : assignments_of(rule))
            text += assignment + "\n";
    }
    return text;
}

std::string render_claim(const Party &claim)
{
    std::string text;
    for (const std::string &assignment : assignments_of(rule_of(claim.policy)))
        text += (text.empty() ? "" : ", ") + assignment;
    if (text.empty())
        text = "nothing special";
    if (!claim.populated)
        text += "; has no tasks";
    if (claim.demand)
        text += std::format("; needs {:.2f} CPUs, cpu.weight {:.0f}", *claim.demand,
                            claim.weight * 100);
    return text;
}

} // namespace mitosis::ctl
