// SPDX-License-Identifier: GPL-2.0-only
// World: everything the daemon does not compute itself, so that a test can give it another one.
#pragma once

#include "core/config.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/kernel_event.hpp"
#include "core/status.hpp"
#include "core/topology.hpp"
#include "engine/ports.hpp"

#include <chrono>
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
    /// Readable once the kernel has ended the scheduler, or it tells an event.
    [[nodiscard]] virtual int event_fd() const = 0;
    /// What it told since the last call.
    [[nodiscard]] virtual KernelEvents read_events() = 0;
    /// Changes of cpusets that the kernel has ended so far; 0 where it cannot tell.
    [[nodiscard]] virtual std::uint64_t cpuset_changes() const = 0;
    /// What is in force knows the cpusets as they were at this count.
    virtual void set_cpusets_seen(std::uint64_t changes) = 0;
    /// In words, what is done another way because the kernel lacks something.
    [[nodiscard]] virtual std::vector<std::string> fallbacks() const = 0;
    /// Ends what had to wait after earlier changes, and wakes whoever idles beside work. To be
    /// called every second or more often: nothing that was missed waits for longer.
    [[nodiscard]] virtual Result<void> settle() = 0;
    /// The lengths of slices given from now on, > 0; of `limits`, the two limits: whether slices
    /// are shrunk at all is settled when it is loaded.
    virtual void set_slices(std::chrono::microseconds slice, const SliceShrinking &limits) = 0;
    /// Why it ended, told once; nothing while it runs.
    [[nodiscard]] virtual std::optional<ExitInfo> read_exit() = 0;
    /// What the kernel wrote of its state when it ended it by an error, lines of text; else "".
    [[nodiscard]] virtual std::string read_dump() = 0;
    /// Cell ids are 0 .. cell_capacity() - 1.
    [[nodiscard]] virtual std::uint32_t cell_capacity() const = 0;
};

/// CPUs may come and go meanwhile: the scheduler looks for itself which are online when it
/// attaches.
using LoadScheduler = std::function<Result<std::unique_ptr<KernelScheduler>>(
    const Config &config, const Topology &topology)>;

struct World {
    std::string cgroup_root;
    std::string sched_ext_root;
    std::vector<std::string> config_directories; // strongest first
    std::string stats_socket;                    // upstream's; "" for none
    std::function<Result<Topology>()> read_topology;
    std::function<Result<CpuSet>()> read_online;
    unsigned cpus = 1; // of the machine, online or not
    LoadScheduler load;
    std::function<bool(const std::string &)> print; // on standard output; false when it is closed
};

} // namespace mitosis::daemon
