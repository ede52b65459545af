// SPDX-License-Identifier: GPL-2.0-only
// The keys of the tables [cell."NAME"].
#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "core/cell_policy.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::config {
namespace {

using Stored = std::expected<void, std::string>;

template <std::optional<std::uint32_t> CellRule::*Member>
Stored put_number(CellRule &rule, const Value &value)
{
    rule.*Member = static_cast<std::uint32_t>(std::get<std::int64_t>(value)); // in its range
    return {};
}

template <std::optional<bool> CellRule::*Member> Stored put_flag(CellRule &rule, const Value &value)
{
    rule.*Member = std::get<bool>(value);
    return {};
}

std::expected<CpuSet, std::string> parse_numbers(const Value &value)
{
    const auto &text = std::get<std::string>(value);
    auto numbers = parse_cpu_list(text);
    if (!numbers)
        return std::unexpected("\"" + text + "\" is no list of numbers");
    if (numbers->empty())
        return std::unexpected("the list is empty");
    return *numbers;
}

Stored store_cpus(CellRule &rule, const Value &value)
{
    auto cpus = parse_numbers(value);
    if (!cpus)
        return std::unexpected(std::move(cpus).error());
    rule.cpus = *cpus;
    return {};
}

Stored store_llcs(CellRule &rule, const Value &value)
{
    const auto numbers = parse_numbers(value);
    if (!numbers)
        return std::unexpected(numbers.error());
    std::vector<LlcId> llcs;
    for (const unsigned number : *numbers)
        llcs.push_back(LlcId{number});
    rule.llcs = std::move(llcs);
    return {};
}

constexpr std::array rows{
    CellSetting{
        .name = "min-cpus",
        .type = ValueType::integer,
        .unit = "CPUs",
        .range = Range{.lowest = 0, .highest = 8192},
        .example = "2",
        .doc = "The cell has at least so many CPUs, as far as every cell still has one. By default "
               "0. If the minima of the cells that are named one by one, and of cell 0, are more "
               "than the machine has, the configuration is refused.",
        .store = put_number<&CellRule::min_cpus>,
    },
    CellSetting{
        .name = "max-cpus",
        .type = ValueType::integer,
        .unit = "CPUs",
        .range = Range{.lowest = 1, .highest = 8192},
        .example = "16",
        .doc = "The cell has at most so many CPUs of its own. No limit by default.",
        .store = put_number<&CellRule::max_cpus>,
    },
    CellSetting{
        .name = "weight",
        .type = ValueType::integer,
        .range = Range{.lowest = 1, .highest = 10'000},
        .example = "100",
        .doc = "Its share of the CPUs in relation to the other cells' weights, times its cgroup's "
               "cpu.weight. By default 100.",
        .store = put_number<&CellRule::weight>,
    },
    CellSetting{
        .name = "exclusive",
        .example = "false",
        .doc = "The cell never lends a CPU, even when it idles. By default false.",
        .store = put_flag<&CellRule::exclusive>,
    },
    CellSetting{
        .name = "lend-cores",
        .example = "false",
        .doc = "The cell lends only CPUs of cores that idle as a whole, so that no borrower shares "
               "a core with a task of the cell. By default false.",
        .store = put_flag<&CellRule::lend_cores>,
    },
    CellSetting{
        .name = "borrow",
        .example = "true",
        .doc = "The cell may use idle CPUs of others, where enable-borrowing is set. By default "
               "true.",
        .store = put_flag<&CellRule::borrow>,
    },
    CellSetting{
        .name = "llcs",
        .type = ValueType::text,
        .allowed = "a list of numbers such as \"0-1\"",
        .example = "\"0\"",
        .doc = "The last levels of cache, numbered by their lowest CPU, that the cell should lie "
               "in. A preference, which gives way.",
        .store = store_llcs,
    },
    CellSetting{
        .name = "cpus",
        .type = ValueType::text,
        .allowed = "a list of numbers such as \"0-3,8\"",
        .example = "\"0-3\"",
        .doc = "The CPUs that the cell should have. A preference, which gives way; cpuset.cpus of "
               "the cgroup is a limit.",
        .store = store_cpus,
    },
};

} // namespace

std::span<const CellSetting> cell_rule_settings()
{
    return rows;
}

} // namespace mitosis::config
