// SPDX-License-Identifier: GPL-2.0-only
// Settings: what is a cell, and how often it is looked at.
#include "config/cgroup_path.hpp"
#include "config/member.hpp"
#include "config/raw_setting.hpp"
#include "config/rows.hpp"
#include "config/settings.hpp"
#include "core/config.hpp"

#include <algorithm>
#include <array>
#include <expected>
#include <span>
#include <string>
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

constexpr std::array rows{
    Setting{
        .name = "cell-parent-cgroup",
        .type = ValueType::text,
        .placeholder = "PATH",
        .allowed = "a path below the cgroup root, such as \"/work.slice\"",
        .example = "\"/work.slice\"",
        .summary = "make a cell of every direct child of this cgroup",
        .doc = "Every direct child of this cgroup becomes a cell with CPUs of its own; everything "
               "else shares cell 0. The path counts from the cgroup root; a missing leading slash "
               "and the mount point /sys/fs/cgroup are accepted. The cgroup need not exist yet: "
               "its cells appear with it. Without this setting every cgroup is a cell that has a "
               "cpuset.cpus of its own which does not cover all CPUs, wherever it stands.",
        .store = store_parent,
        .load = load_parent,
    },
    Setting{
        .name = "cell-exclude",
        .type = ValueType::text_list,
        .placeholder = "NAME",
        .allowed = "names of direct children of the parent cgroup, or patterns of such names, "
                   "without a slash",
        .summary = "leave this child of the parent in cell 0",
        .doc =
            "Names of direct children of the parent cgroup that get no cell; they and what is "
            "below them stay in cell 0. A name may be a pattern as in a shell, see glob(7). On the "
            "command line the option takes one name and may be repeated. Needs "
            "cell-parent-cgroup.",
        .store = store_exclude,
        .load = load_exclude,
    },
    Setting{
        .name = "cell0-min-cpus",
        .type = ValueType::integer,
        .placeholder = "COUNT",
        .unit = "CPUs",
        .range = Range{.lowest = 0, .highest = 8192},
        .summary = "keep so many CPUs for cell 0",
        .doc = "Keep up to so many CPUs for cell 0 before the cells' cpusets are served. No cell "
               "loses its last CPU to this, so cell 0 may get fewer. Cell 0 always has one.",
        .store = put<&Config::cell0_min_cpus>,
        .load = get<&Config::cell0_min_cpus>,
    },
    Setting{
        .name = "monitor-interval-s",
        .type = ValueType::real,
        .placeholder = "SECONDS",
        .unit = "seconds",
        .range = Range{.lowest = 0.05, .highest = 86400},
        .summary = "time between two samples",
        .doc = "Time between two samples of the counters and of the cells' cpusets. A cgroup that "
               "appears or disappears is noticed at once, whatever the interval is.",
        .store = put<&Config::monitor_interval>,
        .load = get<&Config::monitor_interval>,
    },
};

} // namespace

std::span<const Setting> cell_settings()
{
    return rows;
}

} // namespace mitosis::config
