// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/application.hpp"

#include "stats/client.hpp"
#include "stats/protocol.hpp"

#include "config/command_line.hpp"
#include "config/raw_setting.hpp"
#include "core/config.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "daemon/bpf_kernel_scheduler.hpp"
#include "daemon/configuration.hpp"
#include "daemon/daemon.hpp"
#include "daemon/event_log.hpp"
#include "daemon/event_loop.hpp"
#include "daemon/exit_status.hpp"
#include "daemon/log.hpp"
#include "daemon/unit_job.hpp"
#include "daemon/world.hpp"
#include "sys/cgroup_tree.hpp"
#include "sys/config_files.hpp"
#include "sys/file.hpp"
#include "sys/hwloc_topology.hpp"
#include "sys/sched_ext_state.hpp"
#include "sys/unique_fd.hpp"

#include <signal.h> // NOLINT(modernize-deprecated-headers): SIGHUP is POSIX
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace mitosis::daemon {
namespace {

/// As many as the kernel knows; it always says how many there are.
unsigned count_cpus()
{
    return std::max(1U, sys::read_file("/sys/devices/system/cpu/present")
                            .and_then(parse_cpu_list)
                            .value_or(CpuSet{})
                            .count());
}

struct FreeText {
    // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): libsystemd's way
    template <class T> void operator()(T *text) const { std::free(static_cast<void *>(text)); }
};

Result<CpuSet> read_online_cpus()
{
    return sys::read_file("/sys/devices/system/cpu/online").and_then(parse_cpu_list);
}

bool print(const std::string &text)
{
    return static_cast<bool>(std::cout << text << '\n' << std::flush); // also into a pipe at once
}

/// With the names that they were stored under; of two that share one, the first.
sys::NamedFds take_stored()
{
    char **names = nullptr;
    const int count = ::sd_listen_fds_with_names(1, &names);
    sys::NamedFds stored;
    for (int index = 0; index < count; ++index) {
        sys::UniqueFd fd(SD_LISTEN_FDS_START + index);
        const std::unique_ptr<char, FreeText> name(
            std::span(names, static_cast<std::size_t>(count))[static_cast<std::size_t>(index)]);
        stored.emplace(name.get(), std::move(fd));
    }
    const std::unique_ptr<char *, FreeText> list(names);
    return stored;
}

/// A process that is well shows it every second. One that systemd's watchdog killed had not been
/// for a quarter of its time at least, since that is the latest at which it is answered.
std::chrono::microseconds patience()
{
    constexpr std::chrono::microseconds without_watchdog = std::chrono::seconds(30);
    std::uint64_t watchdog_us = 0;
    const bool is_watched = ::sd_watchdog_enabled(0, &watchdog_us) > 0;
    return (is_watched ? std::chrono::microseconds(watchdog_us) : without_watchdog) / 4;
}

/// The manager says how many descriptors it would keep.
Store real_store()
{
    return {.exists = std::getenv("FDSTORE") != nullptr,
            .take = take_stored,
            .is_being_restarted = is_being_restarted,
            .patience = patience()};
}

World real_world()
{
    return {.cgroup_root = sys::cgroup_root,
            .sched_ext_root = sys::sched_ext_root,
            .config_directories = sys::config_directories(),
            .stats_socket = stats::socket_path,
            .read_topology = sys::read_topology,
            .read_online = read_online_cpus,
            .cpus = count_cpus(),
            .load = load_bpf_scheduler,
            .adopt = adopt_bpf_scheduler,
            .end_attachment = end_bpf_attachment,
            .object = bpf_object_fingerprint(),
            .store = real_store(),
            .print = print};
}

/// The command line asks for a scheduler, and there is none.
bool starts_scheduler(const config::CommandLine &line)
{
    const auto state = sys::read_sched_ext_state(sys::sched_ext_root);
    return state && state->ops.empty() &&
           std::ranges::contains(line.settings, "cell-parent-cgroup", &config::RawSetting::name);
}

} // namespace

ExitStatus check_configuration(const config::CommandLine &line)
{
    const auto configuration =
        load_configuration(line, sys::config_directories(), count_cpus()).and_then(within_capacity);
    if (configuration)
        return ExitStatus::stopped;
    for (const std::string &complaint : configuration.error())
        std::cerr << complaint << '\n';
    return ExitStatus::config;
}

ExitStatus monitor(config::CommandLine line)
{
    if (starts_scheduler(line))
        return run_service(std::move(line));
    // As upstream: it is no failure to be told to stop.
    for (const int number : {SIGINT, SIGTERM, SIGHUP})
        (void)std::signal(number, [](int) { ::_exit(0); });
    stats::monitor({.path = stats::socket_path,
                    .interval = line.monitor_interval,
                    .count = 0,
                    .output = STDOUT_FILENO,
                    .note = [](const std::string &text) { std::cerr << text << '\n'; }},
                   std::cout);
    return ExitStatus::stopped;
}

ExitStatus run_service(config::CommandLine line)
{
    Log log(choose_log_target());
    auto configuration =
        load_configuration(line, sys::config_directories(), count_cpus()).and_then(within_capacity);
    if (!configuration) {
        for (const std::string &complaint : configuration.error())
            log.write(
                {.level = LogLevel::error, .message = complaint, .id = MessageId::config_rejected});
        return ExitStatus::config;
    }
    log.set(configuration->config.log_level);
    for (const LogRecord &record : to_records(*configuration))
        log.write(record);
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
