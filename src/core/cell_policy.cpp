// SPDX-License-Identifier: GPL-2.0-only
#include "core/cell_policy.hpp"

#include "core/cgroup_name.hpp"
#include "core/config.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace mitosis {
namespace {

constexpr std::string_view root = "/";
constexpr std::string_view glob_signs = "*?[]";

std::string name_of(std::string_view path)
{
    return std::string(path == root ? path : path.substr(path.rfind('/') + 1));
}

bool matches(const CellRule &rule, const std::string &name)
{
    if (name == root || rule.pattern == root)
        return rule.pattern == name;
    return matches_name(rule.pattern, name);
}

/// Sorts the more specific rule behind.
auto rank(const CellRule &rule)
{
    const auto literal =
        std::ranges::count_if(rule.pattern, [](char c) { return !glob_signs.contains(c); });
    return std::tuple(is_literal(rule), literal, std::string_view(rule.pattern));
}

template <class Member, class Said> void lay_over(Member &member, const Said &said)
{
    if (said)
        member = *said;
}

void lay_over(CellPolicy &policy, const CellRule &rule)
{
    lay_over(policy.min_cpus, rule.min_cpus);
    if (rule.max_cpus)
        policy.max_cpus = rule.max_cpus;
    lay_over(policy.weight, rule.weight);
    lay_over(policy.exclusive, rule.exclusive);
    lay_over(policy.lend_cores, rule.lend_cores);
    lay_over(policy.borrow, rule.borrow);
    lay_over(policy.llcs, rule.llcs);
    if (rule.cpus)
        policy.cpus = rule.cpus;
}

} // namespace

bool is_literal(const CellRule &rule)
{
    return rule.pattern.find_first_of(glob_signs) == std::string::npos;
}

CellPolicy policy_of(const Config &config, std::string_view path)
{
    CellPolicy policy;
    if (path == root)
        policy.min_cpus = config.cell0_min_cpus;
    const std::string name = name_of(path);
    std::vector<std::reference_wrapper<const CellRule>> matching;
    for (const CellRule &rule : config.cell_rules)
        if (matches(rule, name))
            matching.emplace_back(rule);
    std::ranges::sort(matching, {}, [](const CellRule &rule) { return rank(rule); });
    for (const CellRule &rule : matching)
        lay_over(policy, rule);
    return policy;
}

} // namespace mitosis
