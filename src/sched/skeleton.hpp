// SPDX-License-Identifier: GPL-2.0-only
// Skeleton: the BPF object in the kernel, loaded by this process or by one before it; attached, it
// schedules. It goes on doing so when this goes away and somebody else holds its handles.
#pragma once

#include "bpf/intf.h"
#include "core/config.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "sched/handles.hpp"
#include "sched/object.hpp"
#include "sched/wire.hpp"
#include "sys/unique_fd.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

struct ring_buffer;

namespace mitosis::sched {

/// What is read of the events at once.
struct Told {
    std::vector<mitosis_event> events; // oldest first
    std::uint64_t lost = 0;            // that found no room
};

class Skeleton {
public:
    /// Loads the object; needs CAP_BPF and CAP_PERFMON. The context carries libbpf's words.
    [[nodiscard]] static Result<Skeleton> open(const LoadOptions &options);
    /// Goes on with an attached object that was loaded with these options. For errors see
    /// take_handles(); they leave it as it is.
    [[nodiscard]] static Result<Skeleton> adopt(const LoadOptions &options, sys::NamedFds handles);

    /// What attach() or apply_staged() will make the kernel's.
    void stage(const Stage &stage);
    /// EBUSY: another scheduler is attached. ECANCELED: the kernel ended it at once; the context
    /// says why.
    [[nodiscard]] Result<void> attach();
    /// Tasks are the kernel's own scheduler's again when this returns. Harmless when not attached.
    void detach();
    [[nodiscard]] bool attached() const { return static_cast<bool>(handles_.link); }
    /// What adopt() needs, with its names; owned by this object. Precondition: attached.
    [[nodiscard]] std::vector<std::pair<std::string, int>> handles() const;

    /// What was staged last, here or by the process before.
    [[nodiscard]] Stage staged() const;
    /// Errors of apply_config: nothing changed.
    [[nodiscard]] Result<void> apply_staged();
    /// The lengths of slices given from now on; of `limits`, the two limits.
    void set_slices(std::chrono::nanoseconds slice, const SliceShrinking &limits);
    /// Finishes what had to wait after earlier changes; see bpf/settle.bpf.h.
    [[nodiscard]] Result<void> settle();
    /// What read_cell() says of waits is as of now; see bpf/waits.bpf.h.
    [[nodiscard]] Result<void> look_at_waits();

    [[nodiscard]] Result<mitosis_cell> read_cell(CellId cell) const;
    /// Of every CPU number.
    [[nodiscard]] Result<std::vector<mitosis_cpu>> read_cpus() const;
    /// One entry per possible CPU, ascending; empty_counters() gives the right size.
    [[nodiscard]] Result<void> read_counters(CellId cell, std::span<mitosis_counters> into) const;
    [[nodiscard]] Result<void> clear_counters(CellId cell);
    [[nodiscard]] std::vector<mitosis_counters> empty_counters() const;
    [[nodiscard]] const CpuSet &possible() const { return possible_; }

    /// Readable when there is an exit record or an event; valid as long as the skeleton.
    [[nodiscard]] int event_fd() const;
    /// The record, once.
    [[nodiscard]] std::optional<mitosis_exit> read_exit();
    /// What the kernel wrote of its state when it ended the scheduler by an error; else "".
    [[nodiscard]] std::string read_dump() const;
    /// What the scheduler told since the last call.
    [[nodiscard]] Told read_events();

    /// Changes of cpusets that the kernel has ended so far; 0 where it cannot tell.
    [[nodiscard]] std::uint64_t cpuset_changes() const;
    /// The configuration in force knows the cpusets as they were at this count.
    void set_cpusets_seen(std::uint64_t changes);

    /// In words, what is done another way because the kernel lacks something.
    [[nodiscard]] const std::vector<std::string> &fallbacks() const { return fallbacks_; }

private:
    struct FreeRing {
        void operator()(ring_buffer *ring) const;
    };
    /// What the rings' callbacks write.
    struct Records {
        std::optional<mitosis_exit> exit;
        Told told;
    };
    /// Memory of the object that is shared with the kernel.
    struct Shared;
    struct FreeShared {
        void operator()(Shared *shared) const;
    };

    Skeleton(Handles handles, CpuSet possible, std::unique_ptr<Shared, FreeShared> shared);

    /// The side of this process, of an object that is in the kernel.
    [[nodiscard]] static Result<Skeleton> join(Handles handles, const Sizes &sizes);
    [[nodiscard]] Result<void> watch_rings();
    void attach_probes();
    void note_fallbacks();

    Object object_; // until it is attached; null of an adopted one
    Handles handles_;
    CpuSet possible_;
    std::unique_ptr<Shared, FreeShared> shared_;
    std::unique_ptr<Records> records_ = std::make_unique<Records>();
    std::uint64_t lost_ = 0; // of the events, as counted in the kernel when it was asked last
    std::unique_ptr<ring_buffer, FreeRing> rings_;
    std::vector<std::string> fallbacks_;
};

} // namespace mitosis::sched
