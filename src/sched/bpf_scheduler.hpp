// SPDX-License-Identifier: GPL-2.0-only
// BpfScheduler: the scheduler in the kernel, as the engine sees it.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/kernel_cell.hpp"
#include "core/kernel_event.hpp"
#include "core/ownership.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "core/topology.hpp"
#include "engine/ports.hpp"
#include "sched/scheduler_options.hpp"
#include "sched/skeleton.hpp"
#include "sched/wire.hpp"
#include "sys/unique_fd.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::sched {

class BpfScheduler final : public engine::SchedulerPort {
public:
    /// Loads the object; nothing is scheduled before attach(). EINVAL for options out of range,
    /// a Refusal (invalid_setting) for a file that cannot be read.
    [[nodiscard]] static Result<BpfScheduler> open(const SchedulerOptions &options,
                                                   const Topology &topology);

    /// Goes on with what handles() named, which was opened with the same options and topology and
    /// is attached. EBADF, EINVAL: something is missing, or another thing.
    [[nodiscard]] static Result<BpfScheduler>
    adopt(const SchedulerOptions &options, const Topology &topology, sys::NamedFds handles);

    /// The configuration applied last is in force before the first task runs here; if there was
    /// none, all CPUs are the root cell's. EBUSY: another scheduler is attached. ECANCELED: the
    /// kernel ended this one at once (the context says why).
    [[nodiscard]] Result<void> attach();
    /// Tasks are the kernel's own scheduler's again when this returns. Harmless when not attached.
    void detach() { skeleton_.detach(); }

    /// What adopt() needs, for as long as this is attached; owned by this object.
    [[nodiscard]] std::vector<std::pair<std::string, int>> handles() const
    {
        return skeleton_.handles();
    }
    /// The cells whose ids are not free.
    [[nodiscard]] Result<std::vector<KernelCell>> read_cells() const;

    /// The lengths of slices given from now on; of `limits`, the two limits.
    void set_slices(std::chrono::microseconds slice, const SliceShrinking &limits)
    {
        skeleton_.set_slices(slice, limits);
    }

    /// To poll for input: the scheduler ended, or tells an event. Owned by this object.
    [[nodiscard]] int event_fd() const { return skeleton_.event_fd(); }
    /// What it told since the last call.
    [[nodiscard]] KernelEvents read_events();
    /// What the kernel wrote of its state when it ended the scheduler by an error; else "".
    [[nodiscard]] std::string read_dump() const { return skeleton_.read_dump(); }
    /// Changes of cpusets that the kernel has ended so far; 0 where it cannot tell.
    [[nodiscard]] std::uint64_t cpuset_changes() const { return skeleton_.cpuset_changes(); }
    /// What is in force knows the cpusets as they were at this count.
    void set_cpusets_seen(std::uint64_t changes) { skeleton_.set_cpusets_seen(changes); }
    /// In words, what is done another way because the kernel lacks something.
    [[nodiscard]] const std::vector<std::string> &fallbacks() const
    {
        return skeleton_.fallbacks();
    }
    /// See bpf/settle.bpf.h; a sample settles, too.
    [[nodiscard]] Result<void> settle();
    /// Why the kernel ended the scheduler (also after a detach), once.
    [[nodiscard]] std::optional<ExitInfo> read_exit();

    [[nodiscard]] Result<Sample> read_sample(std::span<const Cell> live,
                                             std::span<const CellId> retired,
                                             Clock::time_point now) override;
    /// Before attach() it only says what attach() shall begin with. An id that the kernel still
    /// drains is refused with EBUSY.
    [[nodiscard]] Result<void> apply(const Assignment &assignment, std::span<const Cell> cells,
                                     std::span<const CellId> retired) override;
    /// Nothing before attach().
    [[nodiscard]] Result<std::optional<Ownership>> read_ownership() override;

private:
    BpfScheduler(Skeleton skeleton, Stage stage);

    [[nodiscard]] Result<void> clear_new_cells(const Stage &stage);

    Skeleton skeleton_;
    Stage in_force_; // what the kernel accepted last
};

} // namespace mitosis::sched
