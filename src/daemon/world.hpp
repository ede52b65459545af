// SPDX-License-Identifier: GPL-2.0-only
// World: everything the daemon does not compute itself, so that a test can give it another one.
#pragma once

#include "core/config.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/kernel_cell.hpp"
#include "core/kernel_event.hpp"
#include "core/status.hpp"
#include "core/topology.hpp"
#include "engine/ports.hpp"
#include "sys/unique_fd.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::daemon {

/// A loaded scheduler; it is detached when this ends, unless it was let go.
class KernelScheduler : public engine::SchedulerPort {
public:
    /// What another process needs to go on with it, with a name each; owned by this object.
    /// Precondition: attached.
    [[nodiscard]] virtual std::vector<std::pair<std::string, int>> handles() const = 0;
    /// It stays attached when this ends, for as long as somebody else has its handles.
    virtual void let_go() = 0;
    /// Gives the CPUs back to the kernel's own scheduler, as the end of this does, too. What else
    /// is in the kernel, for which the kernel waits until nobody uses it, goes with this. Harmless
    /// when not attached.
    virtual void detach() = 0;
    /// The cells whose ids are not free in the kernel, by id.
    [[nodiscard]] virtual Result<std::vector<KernelCell>> read_cells() const = 0;
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

/// Goes on with an attached one that was loaded with the same options, for the same machine. On an
/// error it is ended.
using AdoptScheduler = std::function<Result<std::unique_ptr<KernelScheduler>>(
    const Config &config, const Topology &topology, sys::NamedFds handles)>;

/// Where the service manager keeps descriptors while the service is restarted.
struct Store {
    bool exists = false;
    std::function<sys::NamedFds()> take; // those of the process before
    /// The service is being stopped in order to be started again; nothing: nobody can tell.
    std::function<std::optional<bool>()> is_being_restarted;
    std::chrono::microseconds patience{}; // with a process that gives no sign of life
};

struct World {
    std::string cgroup_root;
    std::string sched_ext_root;
    std::vector<std::string> config_directories; // strongest first
    std::string stats_socket;                    // upstream's; "" for none
    std::function<Result<Topology>()> read_topology;
    std::function<Result<CpuSet>()> read_online;
    unsigned cpus = 1; // of the machine, online or not
    LoadScheduler load;
    AdoptScheduler adopt{};
    std::function<void(const sys::NamedFds &handles)> end_attachment{}; // harmless if there is none
    std::uint64_t object = 0; // fingerprint of what is loaded
    Store store{};
    std::function<bool(const std::string &)> print; // on standard output; false when it is closed
};

} // namespace mitosis::daemon
