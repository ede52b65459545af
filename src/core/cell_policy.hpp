// SPDX-License-Identifier: GPL-2.0-only
// CellPolicy: what an administrator wants for one cell, beside its cpuset. Bounds and lending are
// rules; `llcs` and `cpus` are preferences, which give way where they cost more CPUs moved.
#pragma once

#include "core/cpu_set.hpp"
#include "core/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis {

struct Config;

struct CellPolicy {
    std::uint32_t min_cpus = 0;              // as far as every cell still has one
    std::optional<std::uint32_t> max_cpus{}; // none: no limit; >= 1 and >= min_cpus
    std::uint32_t weight = 100;              // 1 to 10000, like cpu.weight
    bool exclusive = false;                  // lends no CPU
    bool lend_cores = false;                 // lends only CPUs of wholly idle cores
    bool borrow = true;                      // may use idle CPUs of others
    std::vector<LlcId> llcs{};               // preferred; empty: no preference
    std::optional<CpuSet> cpus{};            // preferred; none: no preference
    friend bool operator==(const CellPolicy &, const CellPolicy &) = default;
};

/// What the configuration says of the cells whose cgroup has a name that the pattern matches.
/// Members that are unset say nothing.
struct CellRule {
    std::string pattern; // of names (glob(7)); "/" is cell 0, which no other pattern matches
    std::optional<std::uint32_t> min_cpus{};
    std::optional<std::uint32_t> max_cpus{};
    std::optional<std::uint32_t> weight{};
    std::optional<bool> exclusive{};
    std::optional<bool> lend_cores{};
    std::optional<bool> borrow{};
    std::optional<std::vector<LlcId>> llcs{};
    std::optional<CpuSet> cpus{};
    friend bool operator==(const CellRule &, const CellRule &) = default;
};

/// The pattern stands for one name only.
[[nodiscard]] bool is_literal(const CellRule &rule);

/// Of several rules that match, the most specific one that says something counts, member by member:
/// a name before a pattern, then the pattern with more characters that stand for themselves.
/// The policy in force for the cell of the cgroup at `path`; that of the root cell for "/".
[[nodiscard]] CellPolicy policy_of(const Config &config, std::string_view path);

} // namespace mitosis
