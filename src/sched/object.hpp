// SPDX-License-Identifier: GPL-2.0-only
// The BPF object made ready: sized for the machine, its features chosen, handed to the kernel.
#pragma once

#include "core/config.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "sched/handles.hpp"
#include "sched/wire.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

struct mitosis_bpf; // NOLINT(readability-identifier-naming): bpftool's name
struct bpf_program;

namespace mitosis::sched {

enum class Smt : std::uint8_t { off, on };

struct LoadOptions {
    Sizes sizes;
    std::uint32_t possible_cpus = 1;
    std::vector<LlcId> llc_of_cpu;             // index = CPU number; those not listed are in LLC 0
    std::vector<std::uint32_t> sibling_of_cpu; // the next CPU of the core, in a ring
    std::vector<std::uint64_t> near_llcs; // index = LLC; bit LLC % 64 of those on its NUMA node
    Smt smt = Smt::off;
    Features features{};
    std::chrono::nanoseconds slice{20'000'000};
    std::chrono::milliseconds timeout{0}; // watchdog; 0 = the kernel's 30 s, which is the longest
    std::uint32_t exit_dump_len = 0;      // bytes; 0 = the kernel's 32768
    LibbpfOptions libbpf{};
};

struct DestroyObject {
    void operator()(mitosis_bpf *object) const;
};
using Object = std::unique_ptr<mitosis_bpf, DestroyObject>;

/// Nothing is in the kernel yet, no privilege is needed. The error of a file that the settings name
/// and that cannot be read is a Refusal (invalid_setting).
[[nodiscard]] Result<Object> open_object(const LibbpfOptions &settings);

/// Its programs and maps are in the kernel; nothing is attached. Needs CAP_BPF and CAP_PERFMON. The
/// context of an error carries libbpf's words.
[[nodiscard]] Result<Object> load_object(const LoadOptions &options);

/// What is in the kernel once the object is loaded: all but the attachments.
[[nodiscard]] Result<Handles> handles_of(const mitosis_bpf &object);

/// The room for the kernel's dump of its state, in bytes.
[[nodiscard]] std::uint32_t dump_len_of(const LoadOptions &options);

/// The same number for the same object: what this program would load.
[[nodiscard]] std::uint64_t object_fingerprint();

/// A program that is loaded only where the kernel has the function it looks at.
struct Probe {
    const char *program;
    const char *function;
};
inline constexpr std::array<Probe, 8> probes{{{"cpuset_write_begins", "cpuset_write_resmask"},
                                              {"cpuset_write_ends", "cpuset_write_resmask"},
                                              {"cpuset_partition_begins", "cpuset_partition_write"},
                                              {"cpuset_partition_ends", "cpuset_partition_write"},
                                              {"cpuset_removal_begins", "cpuset_css_offline"},
                                              {"cpuset_removal_ends", "cpuset_css_offline"},
                                              {"cpu_leave_begins", "sched_cpu_deactivate"},
                                              {"cpu_leave_ends", "sched_cpu_deactivate"}}};
[[nodiscard]] bpf_program *find_program(const mitosis_bpf &object, const Probe &probe);

} // namespace mitosis::sched
