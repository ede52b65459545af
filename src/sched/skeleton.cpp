// SPDX-License-Identifier: GPL-2.0-only
#include "sched/skeleton.hpp"

#include "mitosis.skel.h"

#include "bpf/intf.h"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/status.hpp"
#include "sched/libbpf_log.hpp"
#include "sched/mapped_array.hpp"
#include "sched/ops_flags.hpp"
#include "sched/wire.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <format>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::sched {
namespace {

int keep_record(void *context, void *data, std::size_t size)
{
    if (size >= sizeof(mitosis_exit)) {
        *static_cast<std::optional<mitosis_exit> *>(context) =
            *static_cast<const mitosis_exit *>(data);
    }
    return 0;
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
        {maps.clocks, sizes.cells * sizes.llcs},
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

Result<void> run(const bpf_program &program)
{
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    const std::string doing = std::string("run ") + bpf_program__name(&program);
    if (const int error = bpf_prog_test_run_opts(bpf_program__fd(&program), &options); error != 0) {
        return fail(-error, doing);
    }
    if (const int refused = static_cast<int>(options.retval); refused != 0) {
        return fail(-refused, doing);
    }
    return {};
}

} // namespace

void Skeleton::DestroyObject::operator()(mitosis_bpf *object) const
{
    mitosis_bpf__destroy(object);
}

void Skeleton::DestroyLink::operator()(bpf_link *link) const
{
    bpf_link__destroy(link);
}

void Skeleton::FreeRing::operator()(ring_buffer *ring) const
{
    ring_buffer__free(ring);
}

Skeleton::Skeleton(Object object, CpuSet possible, MappedArray<mitosis_stage_cpu> cpus,
                   MappedArray<mitosis_stage_cell> cells, MappedArray<std::uint64_t> envelopes)
    : object_(std::move(object)), possible_(possible), stage_cpus_(std::move(cpus)),
      stage_cells_(std::move(cells)), stage_envelopes_(std::move(envelopes))
{
}

Result<Skeleton> Skeleton::open(const LoadOptions &options)
{
    const auto possible = read_possible_cpus();
    if (!possible) {
        return std::unexpected(possible.error());
    }
    auto object = load(options);
    if (!object) {
        return with_context(std::move(object).error(), "load the scheduler");
    }
    const auto &maps = (*object)->maps;
    const Sizes &sizes = options.sizes;
    auto cpus = MappedArray<mitosis_stage_cpu>::map(*maps.stage_cpus, sizes.cpus);
    auto cells = MappedArray<mitosis_stage_cell>::map(*maps.stage_cells, sizes.cells);
    auto envelopes = MappedArray<std::uint64_t>::map(
        *maps.stage_envelopes, std::size_t{sizes.cells} * envelope_words(sizes));
    if (!cpus || !cells || !envelopes) {
        return std::unexpected(!cpus ? cpus.error() : !cells ? cells.error() : envelopes.error());
    }
    Skeleton skeleton(std::move(*object), *possible, std::move(*cpus), std::move(*cells),
                      std::move(*envelopes));
    if (auto watching = skeleton.watch_exits(); !watching) {
        return std::unexpected(std::move(watching).error());
    }
    return skeleton;
}

Result<Skeleton::Object> Skeleton::load(const LoadOptions &options)
{
    const LibbpfLog log;
    Object object(mitosis_bpf__open());
    if (!object) {
        return fail(errno, std::format("open the object ({})", log.text()));
    }
    if (auto configured = configure(*object, options); !configured) {
        return std::unexpected(std::move(configured).error());
    }
    if (const int error = mitosis_bpf__load(object.get()); error != 0) {
        return fail(-error, std::format("hand the object to the kernel ({})", log.text()));
    }
    if (auto placed = place_cpus(*object, options); !placed) {
        return std::unexpected(std::move(placed).error());
    }
    return object;
}

Result<void> Skeleton::configure(mitosis_bpf &object, const LoadOptions &options)
{
    const auto flags = probe_ops_flags();
    if (!flags) {
        return std::unexpected(flags.error());
    }
    auto &ops = *object.struct_ops.mitosis_ops;
    ops.flags = *flags;
    ops.timeout_ms = static_cast<std::uint32_t>(options.timeout.count());
    ops.exit_dump_len = options.exit_dump_len;
    ops.hotplug_seq = options.hotplug_seq;
    auto &constants = *object.rodata;
    constants.nr_cpu_ids = options.sizes.cpus;
    constants.nr_cells = options.sizes.cells;
    constants.nr_llcs = options.sizes.llcs;
    constants.nr_words = envelope_words(options.sizes);
    constants.smt_on = options.smt == Smt::on ? 1 : 0;
    constants.slice_ns = static_cast<std::uint64_t>(options.slice.count());
    return set_map_sizes(object, options.sizes);
}

Result<void> Skeleton::place_cpus(const mitosis_bpf &object, const LoadOptions &options)
{
    for (std::uint32_t cpu = 0; cpu < options.sizes.cpus; ++cpu) {
        mitosis_cpu entry{};
        entry.owner = MITOSIS_NO_CELL;
        entry.clock_owner = MITOSIS_NO_CELL;
        entry.llc = cpu < options.llc_of_cpu.size() ? index_of(options.llc_of_cpu[cpu]) : 0;
        const int error = bpf_map__update_elem(object.maps.cpus, &cpu, sizeof(cpu), &entry,
                                               sizeof(entry), BPF_ANY);
        if (error != 0) {
            return fail(-error, std::format("place CPU {}", cpu));
        }
    }
    return {};
}

Result<void> Skeleton::watch_exits()
{
    exits_.reset(
        ring_buffer__new(bpf_map__fd(object_->maps.exits), keep_record, exit_.get(), nullptr));
    if (!exits_) {
        return fail(errno, "watch for the scheduler's exit");
    }
    return {};
}

void Skeleton::stage(const Stage &stage)
{
    std::ranges::copy(stage.cpus, stage_cpus_.all().begin());
    std::ranges::copy(stage.cells, stage_cells_.all().begin());
    std::ranges::copy(stage.envelopes, stage_envelopes_.all().begin());
}

Result<void> Skeleton::attach()
{
    const LibbpfLog log;
    link_.reset(bpf_map__attach_struct_ops(object_->maps.mitosis_ops));
    if (!link_) {
        return fail(errno, std::format("attach the scheduler ({})", log.text()));
    }
    // The kernel reports success even when it ended the scheduler while enabling it.
    if (const auto record = read_exit()) {
        link_.reset();
        const ExitInfo why = decode_exit(*record);
        return fail(ECANCELED, std::format("attach the scheduler: kind {} code {} {}: {}", why.kind,
                                           why.code, why.reason, why.message));
    }
    return {};
}

void Skeleton::detach()
{
    link_.reset();
}

Result<void> Skeleton::apply_staged()
{
    return run(*object_->progs.apply_config);
}

Result<void> Skeleton::settle()
{
    return run(*object_->progs.settle);
}

Result<mitosis_cell> Skeleton::read_cell(CellId cell) const
{
    const std::uint32_t key = index_of(cell);
    mitosis_cell entry{};
    const int error =
        bpf_map__lookup_elem(object_->maps.cells, &key, sizeof(key), &entry, sizeof(entry), 0);
    if (error != 0) {
        return fail(-error, std::format("read cell {}", key));
    }
    return entry;
}

Result<void> Skeleton::read_counters(CellId cell, std::span<mitosis_counters> into) const
{
    const std::uint32_t key = index_of(cell);
    const int error = bpf_map__lookup_elem(object_->maps.cell_stats, &key, sizeof(key), into.data(),
                                           into.size_bytes(), 0);
    if (error != 0) {
        return fail(-error, std::format("read the counters of cell {}", key));
    }
    return {};
}

Result<void> Skeleton::clear_counters(CellId cell)
{
    const std::uint32_t key = index_of(cell);
    const std::vector<mitosis_counters> zeros = empty_counters();
    const std::span<const mitosis_counters> bytes(zeros);
    const int error = bpf_map__update_elem(object_->maps.cell_stats, &key, sizeof(key),
                                           bytes.data(), bytes.size_bytes(), BPF_ANY);
    if (error != 0) {
        return fail(-error, std::format("clear the counters of cell {}", key));
    }
    return {};
}

std::vector<mitosis_counters> Skeleton::empty_counters() const
{
    return std::vector<mitosis_counters>(possible_.count());
}

int Skeleton::exit_event_fd() const
{
    return ring_buffer__epoll_fd(exits_.get());
}

std::optional<mitosis_exit> Skeleton::read_exit()
{
    ring_buffer__consume(exits_.get());
    return std::exchange(*exit_, std::nullopt);
}

Result<CpuSet> read_possible_cpus()
{
    std::ifstream file("/sys/devices/system/cpu/possible");
    std::string text;
    if (!std::getline(file, text)) {
        return fail(EIO, "read /sys/devices/system/cpu/possible");
    }
    auto cpus = parse_cpu_list(text);
    if (!cpus) {
        return with_context(std::move(cpus).error(), "/sys/devices/system/cpu/possible");
    }
    return cpus;
}

} // namespace mitosis::sched
