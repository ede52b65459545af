// SPDX-License-Identifier: GPL-2.0-only
#include "sched/object.hpp"

#include "mitosis.skel.h"

#include "bpf/intf.h"
#include "core/config.hpp"
#include "core/error.hpp"
#include "core/fingerprint.hpp"
#include "core/ids.hpp"
#include "sched/handles.hpp"
#include "sched/kernel_types.hpp"
#include "sched/libbpf_log.hpp"
#include "sched/open_options.hpp"
#include "sched/wire.hpp"
#include "sys/unique_fd.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <time.h> // NOLINT(modernize-deprecated-headers): CLOCK_MONOTONIC_COARSE is POSIX

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <format>
#include <utility>
#include <vector>

namespace mitosis::sched {
namespace {

/// How long a tick of the kernel is: the coarse clocks advance by it (time(7)).
std::uint64_t tick_ns()
{
    timespec tick{};
    clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
    return static_cast<std::uint64_t>(tick.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(tick.tv_nsec);
}

struct MapSize {
    bpf_map *map;
    std::uint32_t entries;
};

Result<void> set_map_sizes(const mitosis_bpf &object, const Sizes &sizes)
{
    const auto &maps = object.maps;
    const std::vector<MapSize> wanted{
        {maps.cpus, sizes.cpus},
        {maps.cells, sizes.cells},
        {maps.masks, sizes.cells},
        {maps.owners, 2 * sizes.cells},
        {maps.queues, sizes.cells * sizes.llcs},
        {maps.wanting, cell_words(sizes)},
        {maps.orphans, cell_words(sizes)},
        {maps.near_llcs, sizes.llcs},
        {maps.llc_masks, sizes.llcs},
        {maps.cell_stats, sizes.cells},
        {maps.stage_cpus, sizes.cpus},
        {maps.stage_cells, sizes.cells},
        {maps.stage_envelopes, sizes.cells * envelope_words(sizes)},
    };
    for (const auto &[map, entries] : wanted) {
        if (const int error = bpf_map__set_max_entries(map, entries); error != 0) {
            return fail(-error, std::format("size map {}", bpf_map__name(map)));
        }
    }
    return {};
}

void set_features(mitosis_bpf &object, const Features &features)
{
    auto &constants = *object.rodata;
    constants.borrowing = features.borrowing ? 1 : 0;
    constants.work_stealing = features.work_stealing ? 1 : 0;
    constants.dynamic_affinity = features.dynamic_affinity ? 1 : 0;
    constants.lockless_peek = features.lockless_peek ? 1 : 0;
    constants.debug_events = features.debug_events ? 1 : 0;
    constants.reject_multicpu_pinning =
        features.multicpu_pinning == MultiCpuPinning::reject ? 1 : 0;
    constants.slice_shrinking = features.slice_shrinking.enabled ? 1 : 0;
    constants.tick_ns = tick_ns();
}

Result<void> configure(mitosis_bpf &object, const LoadOptions &options)
{
    const auto &kernel = KernelTypes::of_kernel();
    if (!kernel) {
        return std::unexpected(kernel.error());
    }
    const auto flags = kernel->ops_flags();
    if (!flags) {
        return std::unexpected(flags.error());
    }
    for (const Probe &probe : probes) {
        bpf_program__set_autoload(find_program(object, probe), kernel->has(probe));
    }
    auto &ops = *object.struct_ops.mitosis_ops;
    ops.flags = *flags;
    ops.timeout_ms = static_cast<std::uint32_t>(options.timeout.count());
    ops.exit_dump_len = options.exit_dump_len;
    auto &constants = *object.rodata;
    constants.nr_cpu_ids = options.sizes.cpus;
    constants.nr_cells = options.sizes.cells;
    constants.nr_llcs = options.sizes.llcs;
    constants.nr_words = envelope_words(options.sizes);
    constants.nr_cell_words = cell_words(options.sizes);
    constants.nr_possible_cpus = options.possible_cpus;
    constants.exit_dump_len = dump_len_of(options);
    constants.dump_events = events_in_dump(constants.exit_dump_len);
    constants.smt_on = options.smt == Smt::on ? 1 : 0;
    set_features(object, options.features);
    if (const int error = bpf_map__set_value_size(object.maps.exit_dump, constants.exit_dump_len);
        error != 0) {
        return fail(-error, "size the map of the dump");
    }
    return set_map_sizes(object, options.sizes);
}

Result<void> place_cpus(const mitosis_bpf &object, const LoadOptions &options)
{
    for (std::uint32_t cpu = 0; cpu < options.sizes.cpus; ++cpu) {
        mitosis_cpu entry{};
        entry.owner = MITOSIS_NO_CELL;
        entry.pull_after = MITOSIS_NO_CELL;
        entry.sibling = cpu < options.sibling_of_cpu.size() ? options.sibling_of_cpu[cpu] : cpu;
        entry.llc = cpu < options.llc_of_cpu.size() ? index_of(options.llc_of_cpu[cpu]) : 0;
        const int error = bpf_map__update_elem(object.maps.cpus, &cpu, sizeof(cpu), &entry,
                                               sizeof(entry), BPF_ANY);
        if (error != 0) {
            return fail(-error, std::format("place CPU {}", cpu));
        }
    }
    return {};
}

Result<void> place_llcs(const mitosis_bpf &object, const LoadOptions &options)
{
    for (std::uint32_t llc = 0; llc < options.sizes.llcs; ++llc) {
        const std::uint64_t near = llc < options.near_llcs.size() ? options.near_llcs[llc] : 0;
        const int error = bpf_map__update_elem(object.maps.near_llcs, &llc, sizeof(llc), &near,
                                               sizeof(near), BPF_ANY);
        if (error != 0) {
            return fail(-error, std::format("place LLC {}", llc));
        }
    }
    return {};
}

} // namespace

void DestroyObject::operator()(mitosis_bpf *object) const
{
    mitosis_bpf__destroy(object);
}

std::uint32_t dump_len_of(const LoadOptions &options)
{
    return options.exit_dump_len == 0 ? std::uint32_t{MITOSIS_DUMP_LEN} : options.exit_dump_len;
}

std::uint64_t object_fingerprint()
{
    std::size_t size = 0;
    const void *const bytes = mitosis_bpf__elf_bytes(&size);
    return fingerprint({static_cast<const char *>(bytes), size});
}

bpf_program *find_program(const mitosis_bpf &object, const Probe &probe)
{
    return bpf_object__find_program_by_name(object.obj, probe.program);
}

Result<Handles> handles_of(const mitosis_bpf &object)
{
    const auto &maps = object.maps;
    Handles handles;
    const std::array<std::pair<sys::UniqueFd &, int>, 14> wanted{{
        {handles.cpus, bpf_map__fd(maps.cpus)},
        {handles.cells, bpf_map__fd(maps.cells)},
        {handles.cell_stats, bpf_map__fd(maps.cell_stats)},
        {handles.stage_cpus, bpf_map__fd(maps.stage_cpus)},
        {handles.stage_cells, bpf_map__fd(maps.stage_cells)},
        {handles.stage_envelopes, bpf_map__fd(maps.stage_envelopes)},
        {handles.exit_dump, bpf_map__fd(maps.exit_dump)},
        {handles.exits, bpf_map__fd(maps.exits)},
        {handles.events, bpf_map__fd(maps.events)},
        {handles.bss, bpf_map__fd(maps.bss)},
        {handles.data, bpf_map__fd(maps.data)},
        {handles.apply_config, bpf_program__fd(object.progs.apply_config)},
        {handles.settle, bpf_program__fd(object.progs.settle)},
        {handles.look_at_waits, bpf_program__fd(object.progs.look_at_waits)},
    }};
    for (const auto &[handle, fd] : wanted) {
        handle = sys::UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, 0));
        if (!handle) {
            return fail(errno, "keep what is in the kernel");
        }
    }
    return handles;
}

Result<Object> open_object(const LibbpfOptions &settings)
{
    const LibbpfLog log;
    const auto options = OpenOptions::read(settings);
    if (!options) {
        return std::unexpected(options.error());
    }
    const bpf_object_open_opts given = options->get();
    Object object(mitosis_bpf__open_opts(&given));
    if (!object) {
        return fail(errno, std::format("open the object ({})", log.text()));
    }
    return object;
}

Result<Object> load_object(const LoadOptions &options)
{
    auto opened = open_object(options.libbpf);
    if (!opened) {
        return opened;
    }
    const LibbpfLog log;
    Object object = *std::move(opened);
    if (auto configured = configure(*object, options); !configured) {
        return std::unexpected(std::move(configured).error());
    }
    if (const int error = mitosis_bpf__load(object.get()); error != 0) {
        return fail(-error, std::format("hand the object to the kernel ({})", log.text()));
    }
    if (auto placed = place_cpus(*object, options); !placed) {
        return std::unexpected(std::move(placed).error());
    }
    if (auto placed = place_llcs(*object, options); !placed) {
        return std::unexpected(std::move(placed).error());
    }
    return object;
}

} // namespace mitosis::sched
