// SPDX-License-Identifier: GPL-2.0-only
#include "sched/skeleton.hpp"

#include "mitosis.skel.h"

#include "bpf/intf.h"
#include "core/config.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/status.hpp"
#include "sched/kernel_types.hpp"
#include "sched/libbpf_log.hpp"
#include "sched/mapped_array.hpp"
#include "sched/object.hpp"
#include "sched/wire.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <expected>
#include <format>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::sched {
namespace {

int keep_exit(void *context, void *data, std::size_t size)
{
    if (size >= sizeof(mitosis_exit)) {
        *static_cast<std::optional<mitosis_exit> *>(context) =
            *static_cast<const mitosis_exit *>(data);
    }
    return 0;
}

/// Looking for an exit reads the events, too, and nobody may ask for those for a while.
constexpr std::size_t most_events = 4096;

int keep_event(void *context, void *data, std::size_t size)
{
    auto &told = *static_cast<Told *>(context);
    if (size < sizeof(mitosis_event)) {
        return 0;
    }
    if (told.events.size() < most_events) {
        told.events.push_back(*static_cast<const mitosis_event *>(data));
    } else {
        ++told.lost;
    }
    return 0;
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
    auto object = load_object(options);
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
    if (auto watching = skeleton.watch_rings(); !watching) {
        return std::unexpected(std::move(watching).error());
    }
    skeleton.attach_probes();
    return skeleton;
}

Result<void> Skeleton::watch_rings()
{
    rings_.reset(
        ring_buffer__new(bpf_map__fd(object_->maps.exits), keep_exit, &records_->exit, nullptr));
    if (!rings_) {
        return fail(errno, "watch for the scheduler's exit");
    }
    const int error = ring_buffer__add(rings_.get(), bpf_map__fd(object_->maps.events), keep_event,
                                       &records_->told);
    if (error != 0) {
        return fail(-error, "watch the scheduler's events");
    }
    return {};
}

void Skeleton::attach_probes()
{
    const LibbpfLog log; // what cannot be attached is a fallback, not an error
    for (const Probe &probe : probes_of(*object_)) {
        if (!bpf_program__autoload(probe.program)) {
            continue;
        }
        std::unique_ptr<bpf_link, DestroyLink> link(bpf_program__attach(probe.program));
        if (link) {
            probes_.push_back(std::move(link));
        } else {
            fallbacks_.push_back(
                std::format("calls of {} are not noticed ({})", probe.function, log.text()));
        }
    }
    if (const auto kernel = KernelTypes::load()) {
        std::ranges::move(kernel->fallbacks(), std::back_inserter(fallbacks_));
    }
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

void Skeleton::set_slices(std::chrono::nanoseconds slice, const SliceShrinking &limits)
{
    sched::set_slices(*object_, slice, limits);
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

Result<std::vector<mitosis_cpu>> Skeleton::read_cpus() const
{
    const bpf_map &map = *object_->maps.cpus;
    std::uint32_t count = bpf_map__max_entries(&map);
    std::vector<mitosis_cpu> cpus(count);
    std::vector<std::uint32_t> keys(count);
    std::uint32_t last = 0;
    const int error = bpf_map_lookup_batch(bpf_map__fd(&map), nullptr, &last, keys.data(),
                                           cpus.data(), &count, nullptr);
    if (error != 0 && error != -ENOENT) { // which says that there are no more
        return fail(-error, "read whose the CPUs are");
    }
    if (count != cpus.size()) {
        return fail(EIO, std::format("read whose the CPUs are: {} of {}", count, cpus.size()));
    }
    return cpus;
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

int Skeleton::event_fd() const
{
    return ring_buffer__epoll_fd(rings_.get());
}

std::optional<mitosis_exit> Skeleton::read_exit()
{
    ring_buffer__consume(rings_.get());
    return std::exchange(records_->exit, std::nullopt);
}

std::string Skeleton::read_dump() const
{
    const bpf_map *const map = object_->maps.exit_dump;
    const std::uint32_t key = 0;
    std::string text(bpf_map__value_size(map), '\0');
    if (bpf_map__lookup_elem(map, &key, sizeof key, text.data(), text.size(), 0) != 0) {
        return {};
    }
    text.resize(text.find('\0')); // the kernel ends it with one
    return text;
}

Told Skeleton::read_events()
{
    ring_buffer__consume(rings_.get());
    Told told = std::exchange(records_->told, {});
    const std::uint64_t lost = object_->bss->events_lost;
    told.lost += lost - std::exchange(lost_, lost);
    return told;
}

std::uint64_t Skeleton::cpuset_changes() const
{
    return object_->bss->cpuset_ended;
}

void Skeleton::set_cpusets_seen(std::uint64_t changes)
{
    object_->bss->cpuset_seen = changes;
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
