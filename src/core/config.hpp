// SPDX-License-Identifier: GPL-2.0-only
// Config: the effective settings, typed and validated. Defaults live here only; names, ranges and
// documentation live in the table of config/settings.cpp.
#pragma once

#include "core/cell_policy.hpp"
#include "core/virtual_llcs.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mitosis {

enum class LogLevel { error, warn, info, debug, trace };

/// What happens to a task of a cell whose affinity names several CPUs but not all of the cell's.
enum class MultiCpuPinning {
    log,    // counted and logged; it is scheduled like any other
    reject, // the scheduler ends, as upstream's does
};

struct SliceShrinking {
    bool enabled = false;
    std::chrono::microseconds max{4'000};
    std::chrono::microseconds min{500};
    friend bool operator==(const SliceShrinking &, const SliceShrinking &) = default;
};

/// What the scheduler does beyond cells; each member is the option of that name.
struct Features {
    bool llc_awareness = false;
    bool work_stealing = false; // needs llc_awareness
    bool borrowing = false;
    bool dynamic_affinity = false;
    bool lockless_peek = false;
    bool debug_events = false;
    MultiCpuPinning multicpu_pinning = MultiCpuPinning::log;
    SliceShrinking slice_shrinking{};
    friend bool operator==(const Features &, const Features &) = default;
};

/// Moving CPUs between cells by what they demand.
struct Rebalancing {
    bool enabled = false;
    double threshold = 20.0; // percentage points between the highest and lowest utilisation
    std::chrono::seconds cooldown{5}; // least time between two
    double smoothing = 0.3;           // weight of the newest sample, 0 to 1
    friend bool operator==(const Rebalancing &, const Rebalancing &) = default;
};

/// libbpf's options of the same names (struct bpf_object_open_opts); unset ones are libbpf's
/// choice.
struct LibbpfOptions {
    bool relaxed_maps = false;
    std::string pin_root_path; // "" = unset, likewise the next two
    std::string kconfig;       // path of a file with the text
    std::string btf_custom_path;
    std::optional<std::string> bpf_token_path; // "" = do not look for a token
    friend bool operator==(const LibbpfOptions &, const LibbpfOptions &) = default;
};

/// Options of the upstream scheduler that mean nothing here. They are kept only to be shown.
struct InertOptions {
    std::uint8_t verbose = 0;
    std::chrono::seconds reconfiguration_interval{10};
    std::chrono::seconds rebalance_cpus_interval{5};
    bool exiting_task_workaround = true;
    bool cpu_controller_disabled = false;
    friend bool operator==(const InertOptions &, const InertOptions &) = default;
};

struct Config {
    std::optional<std::string> cell_parent_cgroup; // "/x.slice", normalised; none: one cell
    std::vector<std::string> cell_exclude;         // sorted patterns of basenames
    std::uint32_t cell0_min_cpus = 0; // CPUs kept for cell 0, as far as no cell loses its last one
    std::vector<CellRule> cell_rules; // by pattern, each once; policy_of() applies them
    std::chrono::duration<double> monitor_interval{1.0};
    Rebalancing rebalancing{};
    std::chrono::microseconds slice{20'000};
    Features features{};
    std::optional<VirtualLlcs> virtual_llcs;       // none: LLCs as the machine has them
    std::uint32_t exit_dump_len = 0;               // bytes; 0 = the kernel's 32768
    std::chrono::milliseconds watchdog_timeout{0}; // 0 = the kernel's 30 s
    LibbpfOptions libbpf{};
    std::string run_id; // decimal, for the log alone; "" = none
    LogLevel log_level = LogLevel::info;
    bool dbus = true;
    bool handover = true; // the scheduler outlives a restart of the service
    InertOptions inert{};
    friend bool operator==(const Config &, const Config &) = default;
};

} // namespace mitosis
