// SPDX-License-Identifier: GPL-2.0-only
#include "config/cell_rules.hpp"

#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "core/cell_policy.hpp"
#include "core/config.hpp"

#include <algorithm>
#include <cstdint>
#include <format>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::config {
namespace {

/// Of a cell that has the pattern itself as its name, so that all that matches it counts.
CellPolicy policy_for(const Config &config, const CellRule &rule)
{
    return policy_of(config, rule.pattern);
}

const RawCellSetting *last_of(std::span<const Document> documents, std::string_view pattern,
                              std::initializer_list<std::string_view> keys)
{
    const RawCellSetting *last = nullptr;
    for (const Document &document : documents)
        for (const RawCellSetting &raw : document.cells)
            if (raw.pattern == pattern && std::ranges::contains(keys, raw.setting.name))
                last = &raw;
    return last;
}

/// Nothing where the rule itself says neither of the two: then it is another rule's problem.
void complain(std::vector<Problem> &problems, const RawCellSetting *place, std::string reason)
{
    if (place != nullptr)
        problems.push_back({.source = place->setting.source,
                            .key = key_of(*place),
                            .reason = std::move(reason),
                            .allowed = ""});
}

std::string name_of(const CellRule &rule)
{
    return rule.pattern == "/" ? "cell 0" : rule.pattern;
}

} // namespace

std::string key_of(const RawCellSetting &raw)
{
    return std::format("cell.\"{}\".{}", raw.pattern, raw.setting.name);
}

std::vector<Problem> contradictions(std::span<const Document> documents, const Config &config)
{
    std::vector<Problem> problems;
    for (const CellRule &rule : config.cell_rules) {
        const CellPolicy policy = policy_for(config, rule);
        if (policy.max_cpus && policy.min_cpus > *policy.max_cpus)
            complain(problems, last_of(documents, rule.pattern, {"min-cpus", "max-cpus"}),
                     std::format("min-cpus ({}) must not be more than max-cpus ({})",
                                 policy.min_cpus, *policy.max_cpus));
        if (policy.exclusive && policy.lend_cores)
            complain(problems, last_of(documents, rule.pattern, {"exclusive", "lend-cores"}),
                     "an exclusive cell lends nothing, so lend-cores has no meaning");
    }
    return problems;
}

std::vector<std::string> find_excess(const Config &config, unsigned cpus)
{
    std::vector<std::string> complaints;
    // Cell 0 is there whether or not a rule names it, and always has a CPU.
    std::uint64_t sum = std::max(policy_of(config, "/").min_cpus, 1U);
    std::string terms = std::format("{} for cell 0", sum);
    for (const CellRule &rule : config.cell_rules) {
        const std::uint64_t least = policy_for(config, rule).min_cpus;
        if (rule.pattern == "/" || least == 0)
            continue;
        if (is_literal(rule)) {
            sum += least;
            terms += std::format(" + {} for {}", least, name_of(rule));
        } else if (least + 1 > cpus) {
            complaints.push_back(std::format("cell.\"{}\".min-cpus: {} and 1 for cell 0 are more "
                                             "than the {} CPUs of this machine",
                                             rule.pattern, least, cpus));
        }
    }
    if (sum > cpus)
        complaints.push_back(std::format(
            "the minima of the cells are {} = {} CPUs, but this machine has {}", terms, sum, cpus));
    return complaints;
}

} // namespace mitosis::config
