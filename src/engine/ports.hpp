// SPDX-License-Identifier: GPL-2.0-only
// The seams: what the engine needs of the world, and what the bus may ask of the engine. All calls
// come from the one loop thread.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/ownership.hpp"
#include "core/sample.hpp"
#include "core/setting_value.hpp"
#include "core/status.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mitosis::engine {

class SchedulerPort {
public:
    virtual ~SchedulerPort() = default;
    /// Counters of `live` cells and the retired ids whose queues ran empty.
    [[nodiscard]] virtual Result<Sample> read_sample(std::span<const Cell> live,
                                                     std::span<const CellId> retired,
                                                     Clock::time_point now) = 0;
    /// Hands the whole configuration over; all or nothing. `cells` names the owner cgroup of each
    /// id.
    [[nodiscard]] virtual Result<void> apply(const Assignment &assignment,
                                             std::span<const Cell> cells,
                                             std::span<const CellId> retired) = 0;
    /// What is in force, read back. Nothing before the first task is scheduled.
    [[nodiscard]] virtual Result<std::optional<Ownership>> read_ownership() = 0;
};

class CgroupPort {
public:
    virtual ~CgroupPort() = default;
    /// The cgroups that make cells as they are now. One that vanishes meanwhile is left out; an
    /// absent parent is an outcome, not an error.
    [[nodiscard]] virtual Result<CgroupScan> scan() = 0;
};

class StatusSink {
public:
    virtual ~StatusSink() = default;
    virtual void publish(const Status &status, std::span<const Event> events) = 0;
};

/// What a Monitor works through; the referents must outlive it.
struct Ports {
    SchedulerPort &scheduler;
    CgroupPort &cgroups;
    StatusSink &status;
};

struct RebalanceRequest {
    bool dry_run = false;
    bool force = false;
    std::string reason; // <= 128 bytes, for the log
};
struct RebalanceOutcome {
    std::uint64_t generation = 0;
    std::vector<CellShift> shifts;
    std::optional<HeldBack> held_back{}; // why there are none, although some CPUs would improve
};
struct ReconfigureRequest {
    std::map<std::string, SettingValue> settings; // by name
    std::uint64_t expected_generation = 0;        // 0: whatever it is
    bool dry_run = false;
    bool allow_reattach = false;
};
struct ReconfigureOutcome {
    std::uint64_t generation = 0;
    std::vector<std::string> changed; // setting names
    std::vector<CellShift> shifts{};  // CPUs that change hands with them
};

/// What a caller on the bus may have done, all of it or nothing. Implemented by the daemon. A
/// request that is wrong, or comes at the wrong moment, is answered with a Refusal.
class ControlPort {
public:
    virtual ~ControlPort() = default;
    [[nodiscard]] virtual Result<RebalanceOutcome> rebalance(const RebalanceRequest &request) = 0;
    /// Reads the files again; runtime overrides stay.
    [[nodiscard]] virtual Result<ReconfigureOutcome> reload() = 0;
    /// Overrides settings until the next start or reset. A dry run says what would be.
    [[nodiscard]] virtual Result<ReconfigureOutcome>
    reconfigure(const ReconfigureRequest &request) = 0;
    /// Drops the overrides of these settings, of all when there is no name; attaches the scheduler
    /// anew if a setting needs it.
    [[nodiscard]] virtual Result<ReconfigureOutcome> reset(std::span<const std::string> names) = 0;
    /// The cgroup of a process, or the owner of its cell, relative to the cgroup root. ENOTTY: the
    /// kernel does not tell it; EINVAL, EBADF: that is no pidfd.
    [[nodiscard]] virtual Result<std::string> cgroup_of(int pidfd) = 0;
};

} // namespace mitosis::engine
