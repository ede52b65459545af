// SPDX-License-Identifier: GPL-2.0-only
// World: everything the daemon does not compute itself, so that a test can give it another one.
#pragma once

#include "core/config.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/status.hpp"
#include "core/topology.hpp"
#include "engine/ports.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mitosis::daemon {

/// A loaded scheduler; it is detached when this ends.
class KernelScheduler : public engine::SchedulerPort {
public:
    /// What was applied last is in force before the first task is scheduled. EBUSY: another
    /// scheduler is attached; ECANCELED: the kernel ended this one at once.
    [[nodiscard]] virtual Result<void> attach() = 0;
    /// Readable once the kernel has ended the scheduler.
    [[nodiscard]] virtual int exit_event_fd() const = 0;
    /// Why it ended, told once; nothing while it runs.
    [[nodiscard]] virtual std::optional<ExitInfo> read_exit() = 0;
    /// Cell ids are 0 .. cell_capacity() - 1.
    [[nodiscard]] virtual std::uint32_t cell_capacity() const = 0;
};

/// `hotplug_seq` is the kernel's before the topology was read, so that it refuses a topology that
/// is out of date.
using LoadScheduler = std::function<Result<std::unique_ptr<KernelScheduler>>(
    const Config &config, const Topology &topology, std::uint64_t hotplug_seq)>;

struct World {
    std::string cgroup_root;
    std::string sched_ext_root;
    std::vector<std::string> config_directories; // strongest first
    std::function<Result<Topology>()> read_topology;
    std::function<Result<CpuSet>()> read_online;
    LoadScheduler load;
};

} // namespace mitosis::daemon
