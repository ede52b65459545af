// SPDX-License-Identifier: GPL-2.0-only
// Skeleton: the BPF object, owned. From open() on its programs and maps are in the kernel;
// attached, it schedules. Going away detaches.
#pragma once

#include "bpf/intf.h"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "sched/mapped_array.hpp"
#include "sched/wire.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

struct mitosis_bpf; // NOLINT(readability-identifier-naming): bpftool's name
struct bpf_link;
struct ring_buffer;

namespace mitosis::sched {

enum class Smt : std::uint8_t { off, on };

struct LoadOptions {
    Sizes sizes;
    std::vector<LlcId> llc_of_cpu; // index = CPU number; those not listed are in LLC 0
    Smt smt = Smt::off;
    std::chrono::nanoseconds slice{20'000'000};
    std::chrono::milliseconds timeout{0}; // watchdog; 0 = the kernel's 30 s, which is the longest
    std::uint32_t exit_dump_len = 0;      // bytes; 0 = the kernel's 32768
    std::uint64_t hotplug_seq = 0; // of when the topology was read; 0 = attach whatever it is now
};

class Skeleton {
public:
    /// Loads the object; needs CAP_BPF and CAP_PERFMON. The context carries libbpf's words.
    [[nodiscard]] static Result<Skeleton> open(const LoadOptions &options);

    /// What attach() or apply_staged() will make the kernel's.
    void stage(const Stage &stage);
    /// EBUSY: another scheduler is attached. ECANCELED: the kernel ended it at once; the context
    /// says why.
    [[nodiscard]] Result<void> attach();
    /// Tasks are the kernel's own scheduler's again when this returns. Harmless when not attached.
    void detach();
    [[nodiscard]] bool attached() const { return link_ != nullptr; }

    /// Errors of apply_config: nothing changed.
    [[nodiscard]] Result<void> apply_staged();
    /// Finishes what had to wait after earlier changes; see bpf/settle.bpf.h.
    [[nodiscard]] Result<void> settle();

    [[nodiscard]] Result<mitosis_cell> read_cell(CellId cell) const;
    /// One entry per possible CPU, ascending; empty_counters() gives the right size.
    [[nodiscard]] Result<void> read_counters(CellId cell, std::span<mitosis_counters> into) const;
    [[nodiscard]] Result<void> clear_counters(CellId cell);
    [[nodiscard]] std::vector<mitosis_counters> empty_counters() const;
    [[nodiscard]] const CpuSet &possible() const { return possible_; }

    /// Readable when there is an exit record; valid as long as the skeleton.
    [[nodiscard]] int exit_event_fd() const;
    /// The record, once.
    [[nodiscard]] std::optional<mitosis_exit> read_exit();

private:
    struct DestroyObject {
        void operator()(mitosis_bpf *object) const;
    };
    struct DestroyLink {
        void operator()(bpf_link *link) const;
    };
    struct FreeRing {
        void operator()(ring_buffer *ring) const;
    };
    using Object = std::unique_ptr<mitosis_bpf, DestroyObject>;
    using Record = std::unique_ptr<std::optional<mitosis_exit>>;

    Skeleton(Object object, CpuSet possible, MappedArray<mitosis_stage_cpu> cpus,
             MappedArray<mitosis_stage_cell> cells, MappedArray<std::uint64_t> envelopes);

    [[nodiscard]] static Result<Object> load(const LoadOptions &options);
    [[nodiscard]] static Result<void> configure(mitosis_bpf &object, const LoadOptions &options);
    [[nodiscard]] static Result<void> place_cpus(const mitosis_bpf &object,
                                                 const LoadOptions &options);
    [[nodiscard]] Result<void> watch_exits();

    // Destroyed from the last to the first: the link, and with it the scheduler, goes first.
    Object object_;
    CpuSet possible_;
    MappedArray<mitosis_stage_cpu> stage_cpus_;
    MappedArray<mitosis_stage_cell> stage_cells_;
    MappedArray<std::uint64_t> stage_envelopes_;
    Record exit_ = std::make_unique<std::optional<mitosis_exit>>(); // the ring's callback writes it
    std::unique_ptr<ring_buffer, FreeRing> exits_;
    std::unique_ptr<bpf_link, DestroyLink> link_;
};

/// The CPUs that can ever be in this machine, from sysfs.
[[nodiscard]] Result<CpuSet> read_possible_cpus();

} // namespace mitosis::sched
