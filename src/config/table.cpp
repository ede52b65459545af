// SPDX-License-Identifier: GPL-2.0-only
// The rows of the table of settings.
#include "config/cgroup_path.hpp"
#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "core/config.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::config {
namespace {

using Stored = std::expected<void, std::string>;

Stored store_parent(Config &config, const Value &value)
{
    auto path = normalise_cgroup_path(std::get<std::string>(value));
    if (!path)
        return std::unexpected(std::move(path).error());
    config.cell_parent_cgroup = *std::move(path);
    return {};
}

Value load_parent(const Config &config)
{
    return config.cell_parent_cgroup.value_or("");
}

Stored store_exclude(Config &config, const Value &value)
{
    auto names = std::get<std::vector<std::string>>(value);
    for (const std::string &name : names)
        if (auto checked = check_cgroup_name(name); !checked)
            return checked;
    std::ranges::sort(names);
    const auto repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
    config.cell_exclude = std::move(names);
    return {};
}

Value load_exclude(const Config &config)
{
    return config.cell_exclude;
}

Stored store_interval(Config &config, const Value &value)
{
    config.monitor_interval = std::chrono::duration<double>(std::get<double>(value));
    return {};
}

Value load_interval(const Config &config)
{
    return config.monitor_interval.count();
}

Stored store_slice(Config &config, const Value &value)
{
    config.slice = std::chrono::microseconds(std::get<std::int64_t>(value));
    return {};
}

Value load_slice(const Config &config)
{
    return std::int64_t{config.slice.count()};
}

Stored store_dump_length(Config &config, const Value &value)
{
    config.exit_dump_len = static_cast<std::uint32_t>(std::get<std::int64_t>(value));
    return {};
}

Value load_dump_length(const Config &config)
{
    return std::int64_t{config.exit_dump_len};
}

constexpr std::array<std::pair<std::string_view, LogLevel>, 5> log_levels{{
    {"error", LogLevel::error},
    {"warn", LogLevel::warn},
    {"info", LogLevel::info},
    {"debug", LogLevel::debug},
    {"trace", LogLevel::trace},
}};

Stored store_log_level(Config &config, const Value &value)
{
    const auto &text = std::get<std::string>(value);
    const auto *const found = std::ranges::find(log_levels, text, [](auto &l) { return l.first; });
    if (found == log_levels.end())
        return std::unexpected("\"" + text + "\" is no log level");
    config.log_level = found->second;
    return {};
}

Value load_log_level(const Config &config)
{
    const auto *const found =
        std::ranges::find(log_levels, config.log_level, [](auto &l) { return l.second; });
    return std::string(found->first);
}

Stored store_no_dbus(Config &config, const Value &value)
{
    config.dbus = !std::get<bool>(value);
    return {};
}

Value load_no_dbus(const Config &config)
{
    return !config.dbus;
}

constexpr std::array table{
    Setting{
        .name = "cell-parent-cgroup",
        .type = ValueType::text,
        .placeholder = "PATH",
        .unit = "",
        .range = {},
        .allowed = "a path below the cgroup root, such as \"/work.slice\"",
        .effect = Effect::live,
        .summary = "make a cell of every direct child of this cgroup",
        .doc = "Every direct child of this cgroup becomes a cell with CPUs of its own; everything "
               "else shares cell 0. The path counts from the cgroup root; a missing leading slash "
               "and the mount point /sys/fs/cgroup are accepted. The cgroup need not exist yet: "
               "its cells appear with it. Without this setting there is only cell 0.",
        .store = store_parent,
        .load = load_parent,
    },
    Setting{
        .name = "cell-exclude",
        .type = ValueType::text_list,
        .placeholder = "NAME",
        .unit = "",
        .range = {},
        .allowed = "names of direct children of the parent cgroup, without a slash",
        .effect = Effect::live,
        .summary = "leave this child of the parent in cell 0",
        .doc = "Names of direct children of the parent cgroup that get no cell; they and what is "
               "below them stay in cell 0. Names are compared exactly. On the command line the "
               "option takes one name and may be repeated. Needs cell-parent-cgroup.",
        .store = store_exclude,
        .load = load_exclude,
    },
    Setting{
        .name = "monitor-interval-s",
        .type = ValueType::real,
        .placeholder = "SECONDS",
        .unit = "seconds",
        .range = Range{.lowest = 0.05, .highest = 86400},
        .allowed = "",
        .effect = Effect::live,
        .summary = "time between two samples",
        .doc = "Time between two samples of the counters and of the cells' cpusets. A cgroup that "
               "appears or disappears is noticed at once, whatever the interval is.",
        .store = store_interval,
        .load = load_interval,
    },
    Setting{
        .name = "slice-us",
        .type = ValueType::integer,
        .placeholder = "MICROSECONDS",
        .unit = "microseconds",
        .range = Range{.lowest = 100, .highest = 1'000'000},
        .allowed = "",
        .effect = Effect::reattach,
        .summary = "longest time a task runs before another may",
        .doc = "Longest time a task runs before another one that waits in the same queue may run. "
               "Short slices answer sooner, long ones switch less often.",
        .store = store_slice,
        .load = load_slice,
    },
    Setting{
        .name = "exit-dump-len",
        .type = ValueType::integer,
        .placeholder = "BYTES",
        .unit = "bytes",
        .range = Range{.lowest = 0, .highest = 16'777'216},
        .allowed = "",
        .effect = Effect::reattach,
        .summary = "size of the kernel's debug dump",
        .doc = "Size of the buffer for the debug dump that the kernel writes when it ends the "
               "scheduler because of an error. 0 is the kernel's own default, 32768.",
        .store = store_dump_length,
        .load = load_dump_length,
    },
    Setting{
        .name = "log-level",
        .type = ValueType::text,
        .placeholder = "LEVEL",
        .unit = "",
        .range = {},
        .allowed = "error, warn, info, debug or trace",
        .effect = Effect::live,
        .summary = "least important messages to log",
        .doc = "The least important messages that are logged: error, warn, info, debug or trace. "
               "\"systemctl service-log-level scx-mitosis LEVEL\" changes it in a running service.",
        .store = store_log_level,
        .load = load_log_level,
    },
    Setting{
        .name = "no-dbus",
        .type = ValueType::toggle,
        .placeholder = "",
        .unit = "",
        .range = {},
        .allowed = "",
        .effect = Effect::restart,
        .summary = "stay away from D-Bus",
        .doc = "Offer nothing on the system bus. Scheduling does not depend on the bus, so this "
               "changes only what can be seen and asked from outside.",
        .store = store_no_dbus,
        .load = load_no_dbus,
    },
};

} // namespace

std::span<const Setting> settings()
{
    return table;
}

} // namespace mitosis::config
