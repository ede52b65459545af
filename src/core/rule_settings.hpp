// SPDX-License-Identifier: GPL-2.0-only
// RuleSettings: what a CellRule says, setting by setting, under the names of the file.
#pragma once

#include "core/cell_policy.hpp"
#include "core/ids.hpp"

#include <span>
#include <string>

namespace mitosis {

/// Calls `visit(name, value)` for each setting that the rule has, in the order of mitosis.toml(5).
/// A value is a std::uint32_t, a bool, a std::vector<LlcId> or a CpuSet.
template <class Visit> void for_each_setting(const CellRule &rule, Visit visit)
{
    const auto say = [&visit](const char *name, const auto &said) {
        if (said)
            visit(name, *said);
    };
    say("min-cpus", rule.min_cpus);
    say("max-cpus", rule.max_cpus);
    say("weight", rule.weight);
    say("exclusive", rule.exclusive);
    say("lend-cores", rule.lend_cores);
    say("borrow", rule.borrow);
    say("llcs", rule.llcs);
    say("cpus", rule.cpus);
}

/// As the file has them: "0-3,8".
[[nodiscard]] std::string to_llc_list(std::span<const LlcId> llcs);

} // namespace mitosis
