// SPDX-License-Identifier: GPL-2.0-only
// BpfScheduler: the scheduler in the kernel, as the engine sees it.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "core/topology.hpp"
#include "engine/ports.hpp"
#include "sched/skeleton.hpp"
#include "sched/wire.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace mitosis::sched {

struct SchedulerOptions {
    std::uint32_t cell_capacity = 1; // ids 0 .. cell_capacity - 1; at most 65536
    std::chrono::microseconds slice{20'000};
    std::chrono::milliseconds timeout{0}; // watchdog; 0 = the kernel's 30 s, which is the longest
    std::uint32_t exit_dump_len = 0;      // bytes; 0 = the kernel's 32768
    std::uint64_t hotplug_seq = 0; // of when the topology was read; 0 = attach whatever it is now
};

class BpfScheduler final : public engine::SchedulerPort {
public:
    /// Loads the object; nothing is scheduled before attach(). EINVAL for options out of range.
    [[nodiscard]] static Result<BpfScheduler> open(const SchedulerOptions &options,
                                                   const Topology &topology);

    /// The configuration applied last is in force before the first task runs here; if there was
    /// none, all CPUs are the root cell's. EBUSY: another scheduler is attached. ECANCELED: the
    /// kernel ended this one at once (the context says why).
    [[nodiscard]] Result<void> attach();
    /// Tasks are the kernel's own scheduler's again when this returns. Harmless when not attached.
    void detach() { skeleton_.detach(); }

    /// To poll for input; owned by this object.
    [[nodiscard]] int exit_event_fd() const { return skeleton_.exit_event_fd(); }
    /// Why the kernel ended the scheduler (also after a detach), once.
    [[nodiscard]] std::optional<ExitInfo> read_exit();

    [[nodiscard]] Result<Sample> read_sample(std::span<const Cell> live,
                                             std::span<const CellId> retired,
                                             Clock::time_point now) override;
    /// Before attach() it only says what attach() shall begin with. An id that the kernel still
    /// drains is refused with EBUSY.
    [[nodiscard]] Result<void> apply(const Assignment &assignment, std::span<const Cell> cells,
                                     std::span<const CellId> retired) override;

private:
    BpfScheduler(Skeleton skeleton, CpuSet online, Stage stage);

    [[nodiscard]] Result<void> clear_new_cells(const Stage &stage);

    Skeleton skeleton_;
    CpuSet online_;
    Stage in_force_; // what the kernel accepted last
};

} // namespace mitosis::sched
