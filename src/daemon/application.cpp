// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/application.hpp"

#include "config/command_line.hpp"
#include "core/config.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "daemon/bpf_kernel_scheduler.hpp"
#include "daemon/configuration.hpp"
#include "daemon/daemon.hpp"
#include "daemon/event_loop.hpp"
#include "daemon/exit_status.hpp"
#include "daemon/log.hpp"
#include "daemon/world.hpp"
#include "sys/cgroup_tree.hpp"
#include "sys/config_files.hpp"
#include "sys/file.hpp"
#include "sys/hwloc_topology.hpp"
#include "sys/sched_ext_state.hpp"

#include <iostream>
#include <string>
#include <utility>

namespace mitosis::daemon {
namespace {

Result<CpuSet> read_online_cpus()
{
    return sys::read_file("/sys/devices/system/cpu/online").and_then(parse_cpu_list);
}

World real_world()
{
    return {.cgroup_root = sys::cgroup_root,
            .sched_ext_root = sys::sched_ext_root,
            .config_directories = sys::config_directories(),
            .read_topology = sys::read_topology,
            .read_online = read_online_cpus,
            .load = load_bpf_scheduler};
}

} // namespace

ExitStatus check_configuration(const config::CommandLine &line)
{
    const auto configuration = load_configuration(line, sys::config_directories());
    if (configuration)
        return ExitStatus::stopped;
    for (const std::string &complaint : configuration.error())
        std::cerr << complaint << '\n';
    return ExitStatus::config;
}

ExitStatus run_service(config::CommandLine line)
{
    Log log(choose_log_target());
    auto configuration = load_configuration(line, sys::config_directories());
    if (!configuration) {
        for (const std::string &complaint : configuration.error())
            log.write(
                {.level = LogLevel::error, .message = complaint, .id = MessageId::config_rejected});
        return ExitStatus::config;
    }
    auto loop = EventLoop::open();
    if (!loop) {
        log.write(LogLevel::error, to_string(loop.error()));
        return ExitStatus::internal;
    }
    const World world = real_world();
    return Daemon({.loop = *loop, .log = log, .world = world}, std::move(line),
                  *std::move(configuration))
        .run();
}

} // namespace mitosis::daemon
