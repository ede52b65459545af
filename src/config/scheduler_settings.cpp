// SPDX-License-Identifier: GPL-2.0-only
// Settings: what the scheduler in the kernel does.
#include "config/member.hpp"
#include "config/raw_setting.hpp"
#include "config/rows.hpp"
#include "config/settings.hpp"
#include "core/config.hpp"
#include "core/virtual_llcs.hpp"

#include <array>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace mitosis::config {
namespace {

using Stored = std::expected<void, std::string>;

Stored store_pinning(Config &config, const Value &value)
{
    const auto &text = std::get<std::string>(value);
    if (text != "log" && text != "reject")
        return std::unexpected("\"" + text + "\" is neither");
    config.features.multicpu_pinning =
        text == "log" ? MultiCpuPinning::log : MultiCpuPinning::reject;
    return {};
}

Value load_pinning(const Config &config)
{
    return std::string(config.features.multicpu_pinning == MultiCpuPinning::log ? "log" : "reject");
}

Stored store_virtual_llcs(Config &config, const Value &value)
{
    const std::string_view text = std::get<std::string>(value);
    if (text.empty()) {
        config.virtual_llcs.reset();
        return {};
    }
    auto sizes = parse_virtual_llcs(text);
    if (!sizes)
        return std::unexpected(std::move(sizes).error());
    config.virtual_llcs = *sizes;
    return {};
}

Value load_virtual_llcs(const Config &config)
{
    if (!config.virtual_llcs)
        return std::string();
    return to_text(*config.virtual_llcs);
}

constexpr std::array rows{
    Setting{
        .name = "slice-us",
        .type = ValueType::integer,
        .placeholder = "MICROSECONDS",
        .unit = "microseconds",
        .range = Range{.lowest = 100, .highest = 1'000'000},
        .effect = Effect::live,
        .summary = "longest time a task runs before another may",
        .doc = "Longest time a task runs before another one that waits in the same queue may run. "
               "Short slices answer sooner, long ones switch less often.",
        .store = put<&Config::slice>,
        .load = get<&Config::slice>,
    },
    Setting{
        .name = "enable-llc-awareness",
        .bare = "true",
        .effect = Effect::reattach,
        .summary = "one queue per cell and last level of cache",
        .doc = "Give every cell a queue for each last level of cache (LLC) that its CPUs lie in, "
               "instead of one, so that tasks stay where their data is.",
        .store = put<&Config::features, &Features::llc_awareness>,
        .load = get<&Config::features, &Features::llc_awareness>,
    },
    Setting{
        .name = "virt-llc",
        .type = ValueType::text,
        .bare = "2-8",
        .placeholder = "MIN-MAX",
        .allowed = "two counts of cores such as \"2-8\", the first at least 1",
        .example = "\"2-8\"",
        .effect = Effect::reattach,
        .summary = "split LLCs into parts of so many cores",
        .doc = "Split every last level of cache into parts of MIN to MAX physical cores, and treat "
               "each as one of its own: by the smallest size that divides it, else the one that "
               "leaves the fewest cores over; those join the last part. Unset by default; the bare "
               "option is 2-8. Matters only with enable-llc-awareness.",
        .store = store_virtual_llcs,
        .load = load_virtual_llcs,
    },
    Setting{
        .name = "enable-work-stealing",
        .bare = "true",
        .effect = Effect::reattach,
        .summary = "idle CPUs take work from other LLCs of their cell",
        .doc = "A CPU that would idle takes waiting tasks from the other LLCs of its cell, nearest "
               "first. Needs enable-llc-awareness.",
        .store = put<&Config::features, &Features::work_stealing>,
        .load = get<&Config::features, &Features::work_stealing>,
    },
    Setting{
        .name = "enable-borrowing",
        .bare = "true",
        .effect = Effect::reattach_for_on,
        .summary = "cells may use idle CPUs of others",
        .doc = "A cell whose CPUs are all busy may use idle CPUs of other cells. Their owner has "
               "them back as soon as one of its tasks wants to run.",
        .store = put<&Config::features, &Features::borrowing>,
        .load = get<&Config::features, &Features::borrowing>,
    },
    Setting{
        .name = "dynamic-affinity-cpu-selection",
        .bare = "true",
        .effect = Effect::reattach,
        .summary = "choose anew among the CPUs of a pinned task at each wakeup",
        .doc = "A task that may run on several, but not all CPUs of its cell gets one of them at "
               "every wakeup, by load, instead of keeping the one it got first.",
        .store = put<&Config::features, &Features::dynamic_affinity>,
        .load = get<&Config::features, &Features::dynamic_affinity>,
    },
    Setting{
        .name = "reject-multicpu-pinning",
        .type = ValueType::text,
        .bare = "reject",
        .placeholder = "WHAT",
        .allowed = "log or reject",
        .effect = Effect::reattach,
        .summary = "what a task pinned to some CPUs of its cell leads to",
        .doc = "What happens when a task outside cell 0 is pinned to several CPUs that are not all "
               "of its cell's: log counts and logs it and schedules it like any other; reject ends "
               "the scheduler, which any unprivileged user can then do. The bare option is reject.",
        .store = store_pinning,
        .load = load_pinning,
    },
    Setting{
        .name = "enable-slice-shrinking",
        .bare = "true",
        .effect = Effect::reattach,
        .summary = "shorter slices while pinned tasks wait",
        .doc = "Shorten the slice of a running task while a task that may run on no other CPU "
               "waits for it: to twice the average run time of the waiting one, within the two "
               "limits below.",
        .store = put<&Config::features, &Features::slice_shrinking, &SliceShrinking::enabled>,
        .load = get<&Config::features, &Features::slice_shrinking, &SliceShrinking::enabled>,
    },
    Setting{
        .name = "slice-shrink-max-us",
        .type = ValueType::integer,
        .placeholder = "MICROSECONDS",
        .unit = "microseconds",
        .range = Range{.lowest = 1, .highest = 1'000'000},
        .effect = Effect::live,
        .summary = "longest shrunk slice",
        .doc = "Upper limit of a shrunk slice.",
        .store = put<&Config::features, &Features::slice_shrinking, &SliceShrinking::max>,
        .load = get<&Config::features, &Features::slice_shrinking, &SliceShrinking::max>,
    },
    Setting{
        .name = "slice-shrink-min-us",
        .type = ValueType::integer,
        .placeholder = "MICROSECONDS",
        .unit = "microseconds",
        .range = Range{.lowest = 0, .highest = 999'999},
        .effect = Effect::live,
        .summary = "shortest shrunk slice",
        .doc = "Lower limit of a shrunk slice. Must be less than slice-shrink-max-us, also where "
               "slices are not shrunk.",
        .store = put<&Config::features, &Features::slice_shrinking, &SliceShrinking::min>,
        .load = get<&Config::features, &Features::slice_shrinking, &SliceShrinking::min>,
    },
    Setting{
        .name = "use-lockless-peek",
        .bare = "true",
        .effect = Effect::reattach,
        .summary = "look into queues without their lock",
        .doc = "Look into queues without taking their lock, on kernels that can (7.1 and later). "
               "Others look as they always do.",
        .store = put<&Config::features, &Features::lockless_peek>,
        .load = get<&Config::features, &Features::lockless_peek>,
    },
    Setting{
        .name = "debug-events",
        .bare = "true",
        .effect = Effect::reattach,
        .summary = "record and tell scheduling events",
        .doc = "Keep a record of the last events that mattered to scheduling, such as cgroups and "
               "tasks that came, moved and went, for the kernel's debug dump and for mitosisctl "
               "dump; and tell them as they come, which mitosisctl monitor shows.",
        .store = put<&Config::features, &Features::debug_events>,
        .load = get<&Config::features, &Features::debug_events>,
    },
    Setting{
        .name = "exit-dump-len",
        .type = ValueType::integer,
        .placeholder = "BYTES",
        .unit = "bytes",
        .range = Range{.lowest = 0, .highest = 16'777'216},
        .effect = Effect::reattach,
        .summary = "size of the kernel's debug dump",
        .doc = "Size of the buffer for the debug dump that the kernel writes when it ends the "
               "scheduler because of an error, and that the service then logs. 0 is the kernel's "
               "own default, 32768.",
        .store = put<&Config::exit_dump_len>,
        .load = get<&Config::exit_dump_len>,
    },
    Setting{
        .name = "watchdog-timeout-ms",
        .type = ValueType::integer,
        .placeholder = "MS",
        .unit = "milliseconds",
        .range = Range{.lowest = 0, .highest = 30'000},
        .effect = Effect::reattach,
        .summary = "how long a task may wait before the kernel ends the scheduler",
        .doc = "When a task that wants a CPU has waited for this long, the kernel takes the "
               "scheduler for broken and ends it. It looks twice in that time, so it may be half "
               "as long again. 0 is the kernel's own limit, 30 s, which is the longest.",
        .store = put<&Config::watchdog_timeout>,
        .load = get<&Config::watchdog_timeout>,
    },
};

} // namespace

std::span<const Setting> scheduler_settings()
{
    return rows;
}

} // namespace mitosis::config
