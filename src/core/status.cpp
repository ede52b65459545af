// SPDX-License-Identifier: GPL-2.0-only
#include "core/status.hpp"

#include "core/cgroup_scan.hpp"

#include <format>
#include <string>
#include <utility>

namespace mitosis {

std::string to_string(State state)
{
    switch (state) {
    case State::starting:
        return "starting";
    case State::running:
        return "running";
    case State::reloading:
        return "reloading";
    case State::degraded:
        return "degraded";
    case State::detached:
        return "detached";
    case State::stopping:
        return "stopping";
    }
    std::unreachable();
}

std::string to_string(WarningKind kind)
{
    switch (kind) {
    case WarningKind::cpu_max_not_enforced:
        return "cpu-max-not-enforced";
    }
    std::unreachable();
}

Warning warning_of(const CpuQuota &quota)
{
    return {.kind = WarningKind::cpu_max_not_enforced,
            .cgroup = quota.path,
            .reason =
                std::format("cpu.max ({} us in {} us) is not enforced: the kernel leaves such "
                            "limits to the attached scheduler, and this one has none",
                            quota.quota.count(), quota.period.count())};
}

} // namespace mitosis
