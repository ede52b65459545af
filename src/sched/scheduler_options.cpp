// SPDX-License-Identifier: GPL-2.0-only
#include "sched/scheduler_options.hpp"

#include "bpf/intf.h"
#include "core/error.hpp"
#include "core/topology.hpp"

#include <cerrno>
#include <chrono>
#include <format>

namespace mitosis::sched {

Result<void> check_options(const SchedulerOptions &options, const Topology &topology)
{
    if (options.cell_capacity < 1 || options.cell_capacity > MITOSIS_MAX_CELLS) {
        return fail(EINVAL, std::format("room for {} cells", options.cell_capacity));
    }
    if (options.features.work_stealing && !options.features.llc_awareness) {
        return fail(EINVAL, "work stealing without LLC awareness");
    }
    if (options.features.llc_awareness && topology.llc_count() > MITOSIS_MAX_LLCS) {
        return fail(EINVAL, std::format("a machine of {} LLCs", topology.llc_count()));
    }
    if (options.slice <= std::chrono::microseconds::zero()) {
        return fail(EINVAL, "a slice without length");
    }
    if (options.timeout < std::chrono::milliseconds::zero() ||
        options.timeout > std::chrono::seconds(30)) {
        return fail(EINVAL, "a watchdog beyond 30 s");
    }
    return {};
}

} // namespace mitosis::sched
