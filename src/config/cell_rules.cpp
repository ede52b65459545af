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
void complain(std::vector<Problem> &problems, const RawCellSetting *place, std::string reason,
              std::string allowed = "")
{
    if (place != nullptr)
        problems.push_back({.source = place->setting.source,
                            .key = key_of(*place),
                            .reason = std::move(reason),
                            .allowed = std::move(allowed)});
}

std::string name_of(const CellRule &rule)
{
    return rule.pattern == "/" ? "cell 0" : rule.pattern;
}

/// At the place that asked for a minimum last. In a file the tables of cells come behind the rest.
Problem excess_of_minima(std::span<const Document> documents, std::string_view sum, unsigned cpus)
{
    Problem problem{.source = {},
                    .key = {},
                    .reason = std::format("the minima of the cells are {} CPUs", sum),
                    .allowed = std::format("{} in all, as many as this machine has", cpus)};
    const auto note = [&problem](const RawSetting &raw, std::string key) {
        problem.source = raw.source;
        problem.key = std::move(key);
    };
    for (const Document &document : documents) {
        for (const RawSetting &raw : document.settings)
            if (raw.name == "cell0-min-cpus")
                note(raw, raw.name);
        for (const RawCellSetting &raw : document.cells)
            if (raw.setting.name == "min-cpus")
                note(raw.setting, key_of(raw));
    }
    return problem;
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

std::vector<Problem> find_excess(std::span<const Document> documents, const Config &config,
                                 unsigned cpus)
{
    std::vector<Problem> problems;
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
            complain(problems, last_of(documents, rule.pattern, {"min-cpus"}),
                     std::format("{} and 1 for cell 0 are more CPUs than this machine has", least),
                     std::format("0 to {}", cpus - 1));
        }
    }
    if (sum > cpus)
        problems.push_back(excess_of_minima(documents, std::format("{} = {}", terms, sum), cpus));
    return problems;
}

} // namespace mitosis::config
