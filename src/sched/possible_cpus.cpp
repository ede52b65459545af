// SPDX-License-Identifier: GPL-2.0-only
#include "sched/possible_cpus.hpp"

#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"

#include <cerrno>
#include <fstream>
#include <string>
#include <utility>

namespace mitosis::sched {

Result<CpuSet> read_possible_cpus()
{
    std::ifstream file("/sys/devices/system/cpu/possible");
    std::string text;
    if (!std::getline(file, text)) {
        return fail(EIO, "read /sys/devices/system/cpu/possible");
    }
    auto cpus = parse_cpu_list(text);
    if (!cpus) {
        return with_context(std::move(cpus).error(), "/sys/devices/system/cpu/possible");
    }
    return cpus;
}

} // namespace mitosis::sched
