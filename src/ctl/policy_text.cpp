// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/policy_text.hpp"

#include "core/cell_policy.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
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

class Assignments {
public:
    void add(const char *key, const std::optional<ConfigValue> &value)
    {
        if (value)
            lines_.push_back(std::format("{} = {}", key, to_toml(*value)));
    }
    [[nodiscard]] const std::vector<std::string> &lines() const { return lines_; }

private:
    std::vector<std::string> lines_;
};

ConfigValue number(std::uint32_t value)
{
    return std::uint64_t{value};
}

ConfigValue flag(bool value)
{
    return value;
}

ConfigValue list_of(const CpuSet &cpus)
{
    return to_cpu_list(cpus);
}

ConfigValue list_of_llcs(const std::vector<LlcId> &llcs)
{
    CpuSet numbers;
    for (const LlcId llc : llcs)
        numbers.insert(index_of(llc));
    return to_cpu_list(numbers);
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
    Assignments assignments;
    assignments.add("min-cpus", rule.min_cpus.transform(number));
    assignments.add("max-cpus", rule.max_cpus.transform(number));
    assignments.add("weight", rule.weight.transform(number));
    assignments.add("exclusive", rule.exclusive.transform(flag));
    assignments.add("lend-cores", rule.lend_cores.transform(flag));
    assignments.add("borrow", rule.borrow.transform(flag));
    assignments.add("llcs", rule.llcs.transform(list_of_llcs));
    assignments.add("cpus", rule.cpus.transform(list_of));
    return assignments.lines();
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
    if (claim.demand)
        text += std::format("; needs {:.2f} CPUs, cpu.weight {:.0f}", *claim.demand,
                            claim.weight * 100);
    return text;
}

} // namespace mitosis::ctl
