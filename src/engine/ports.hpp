// SPDX-License-Identifier: GPL-2.0-only
// The seams: what the engine needs of the world, and what the bus may ask of the engine. All calls
// come from the one loop thread.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"

#include <cstdint>
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
};

class CgroupPort {
public:
    virtual ~CgroupPort() = default;
    /// Children of the parent as they are now. A child that vanishes meanwhile is left out; an
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
};
struct ReloadOutcome {
    std::uint64_t generation = 0;
    std::vector<std::string> changed; // setting names
};

/// What a caller on the bus may have done. Implemented by the daemon.
class ControlPort {
public:
    virtual ~ControlPort() = default;
    [[nodiscard]] virtual Result<RebalanceOutcome> rebalance(const RebalanceRequest &request) = 0;
    [[nodiscard]] virtual Result<ReloadOutcome> reload() = 0;
};

} // namespace mitosis::engine
