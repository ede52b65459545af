// SPDX-License-Identifier: GPL-2.0-only
#include "sched/skeleton.hpp"

#include "mitosis.skel.h"

#include "bpf/intf.h"
#include "core/config.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/status.hpp"
#include "sched/handles.hpp"
#include "sched/kernel_types.hpp"
#include "sched/libbpf_log.hpp"
#include "sched/mapped_array.hpp"
#include "sched/object.hpp"
#include "sched/possible_cpus.hpp"
#include "sched/wire.hpp"
#include "sys/unique_fd.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <expected>
#include <format>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::sched {
namespace {

std::uint64_t ns_of(std::chrono::nanoseconds time)
{
    return static_cast<std::uint64_t>(time.count());
}

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

Result<void> run(const sys::UniqueFd &program, const std::string &doing)
{
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    if (const int error = bpf_prog_test_run_opts(program.get(), &options); error != 0) {
        return fail(-error, doing);
    }
    if (const int refused = static_cast<int>(options.retval); refused != 0) {
        return fail(-refused, doing);
    }
    return {};
}

template <class Value> const Error *error_of(const Result<Value> &result)
{
    return result ? nullptr : &result.error();
}

/// The link goes on in the kernel for as long as its descriptor does.
sys::UniqueFd keep_link(bpf_link *link)
{
    sys::UniqueFd fd(bpf_link__fd(link));
    bpf_link__disconnect(link);
    bpf_link__destroy(link);
    return fd;
}

} // namespace

struct Skeleton::Shared {
    MappedArray<mitosis_stage_cpu> stage_cpus;
    MappedArray<mitosis_stage_cell> stage_cells;
    MappedArray<std::uint64_t> stage_envelopes;
    MappedArray<mitosis_bpf::mitosis_bpf__bss> bss;
    MappedArray<mitosis_bpf::mitosis_bpf__data> data;
};

void Skeleton::FreeShared::operator()(Shared *shared) const
{
    delete shared;
}

void Skeleton::FreeRing::operator()(ring_buffer *ring) const
{
    ring_buffer__free(ring);
}

Skeleton::Skeleton(Handles handles, CpuSet possible, std::unique_ptr<Shared, FreeShared> shared)
    : handles_(std::move(handles)), possible_(possible), shared_(std::move(shared))
{
}

Result<Skeleton> Skeleton::open(const LoadOptions &options)
{
    auto object = load_object(options);
    if (!object) {
        return with_context(std::move(object).error(), "load the scheduler");
    }
    auto skeleton = handles_of(**object).and_then(
        [&](Handles handles) { return join(std::move(handles), options.sizes); });
    if (skeleton) {
        skeleton->object_ = *std::move(object);
        skeleton->set_slices(options.slice, options.features.slice_shrinking);
        skeleton->attach_probes();
        skeleton->note_fallbacks();
    }
    return skeleton;
}

Result<Skeleton> Skeleton::adopt(const LoadOptions &options, sys::NamedFds handles)
{
    auto skeleton =
        take_handles(std::move(handles), options.sizes, dump_len_of(options))
            .and_then([&](Handles taken) { return join(std::move(taken), options.sizes); });
    if (skeleton) {
        skeleton->lost_ = skeleton->shared_->bss.one().events_lost;
        skeleton->note_fallbacks();
    }
    return skeleton;
}

Result<Skeleton> Skeleton::join(Handles handles, const Sizes &sizes)
{
    const auto possible = read_possible_cpus();
    if (!possible) {
        return std::unexpected(possible.error());
    }
    using Bss = mitosis_bpf::mitosis_bpf__bss;
    using Data = mitosis_bpf::mitosis_bpf__data;
    const std::size_t words = std::size_t{sizes.cells} * envelope_words(sizes);
    auto cpus = MappedArray<mitosis_stage_cpu>::map(handles.stage_cpus.get(), sizes.cpus);
    auto cells = MappedArray<mitosis_stage_cell>::map(handles.stage_cells.get(), sizes.cells);
    auto envelopes = MappedArray<std::uint64_t>::map(handles.stage_envelopes.get(), words);
    auto bss = MappedArray<Bss>::map(handles.bss.get(), 1);
    auto data = MappedArray<Data>::map(handles.data.get(), 1);
    for (const auto *mapped :
         {error_of(cpus), error_of(cells), error_of(envelopes), error_of(bss), error_of(data)}) {
        if (mapped != nullptr) {
            return std::unexpected(*mapped);
        }
    }
    Skeleton skeleton(
        std::move(handles), *possible,
        std::unique_ptr<Shared, FreeShared>(new Shared{.stage_cpus = *std::move(cpus),
                                                       .stage_cells = *std::move(cells),
                                                       .stage_envelopes = *std::move(envelopes),
                                                       .bss = *std::move(bss),
                                                       .data = *std::move(data)}));
    return skeleton.watch_rings().transform([&] { return std::move(skeleton); });
}

Result<void> Skeleton::watch_rings()
{
    rings_.reset(ring_buffer__new(handles_.exits.get(), keep_exit, &records_->exit, nullptr));
    if (!rings_) {
        return fail(errno, "watch for the scheduler's exit");
    }
    const int error =
        ring_buffer__add(rings_.get(), handles_.events.get(), keep_event, &records_->told);
    if (error != 0) {
        return fail(-error, "watch the scheduler's events");
    }
    return {};
}

void Skeleton::attach_probes()
{
    const LibbpfLog log; // what cannot be attached is a fallback, not an error
    for (const Probe &probe : probes) {
        const bpf_program *const program = find_program(*object_, probe);
        bpf_link *const link =
            bpf_program__autoload(program) ? bpf_program__attach(program) : nullptr;
        if (link != nullptr) {
            handles_.probes.emplace(probe.program, keep_link(link));
        }
    }
}

void Skeleton::note_fallbacks()
{
    const auto &kernel = KernelTypes::of_kernel();
    if (!kernel) {
        return;
    }
    for (const Probe &probe : probes) {
        if (kernel->has(probe) && !handles_.probes.contains(probe.program)) {
            fallbacks_.push_back(std::format("calls of {} are not noticed", probe.function));
        }
    }
    std::ranges::move(kernel->fallbacks(), std::back_inserter(fallbacks_));
}

void Skeleton::stage(const Stage &stage)
{
    std::ranges::copy(stage.cpus, shared_->stage_cpus.all().begin());
    std::ranges::copy(stage.cells, shared_->stage_cells.all().begin());
    std::ranges::copy(stage.envelopes, shared_->stage_envelopes.all().begin());
}

Stage Skeleton::staged() const
{
    return {.cpus = std::ranges::to<std::vector>(shared_->stage_cpus.all()),
            .cells = std::ranges::to<std::vector>(shared_->stage_cells.all()),
            .envelopes = std::ranges::to<std::vector>(shared_->stage_envelopes.all())};
}

Result<void> Skeleton::attach()
{
    const LibbpfLog log;
    bpf_link *const link = bpf_map__attach_struct_ops(object_->maps.mitosis_ops);
    if (link == nullptr) {
        return fail(errno, std::format("attach the scheduler ({})", log.text()));
    }
    handles_.link = keep_link(link);
    // The kernel reports success even when it ended the scheduler while enabling it.
    if (const auto record = read_exit()) {
        detach();
        const ExitInfo why = decode_exit(*record);
        return fail(ECANCELED, std::format("attach the scheduler: kind {} code {} {}: {}", why.kind,
                                           why.code, why.reason, why.message));
    }
    object_.reset(); // everything that is needed of it is in the kernel
    return {};
}

std::vector<std::pair<std::string, int>> Skeleton::handles() const
{
    return list(handles_);
}

void Skeleton::set_slices(std::chrono::nanoseconds slice, const SliceShrinking &limits)
{
    auto &lengths = shared_->data.one();
    lengths.slice_ns = ns_of(slice);
    lengths.shrink_max_ns = ns_of(limits.max);
    lengths.shrink_min_ns = ns_of(limits.min);
}

void Skeleton::detach()
{
    if (attached()) {
        end_attachment(handles_.link.get());
        handles_.link = {};
    }
}

Result<void> Skeleton::apply_staged()
{
    return run(handles_.apply_config, "run apply_config");
}

Result<void> Skeleton::settle()
{
    return run(handles_.settle, "run settle");
}

Result<void> Skeleton::look_at_waits()
{
    return run(handles_.look_at_waits, "run look_at_waits");
}

Result<mitosis_cell> Skeleton::read_cell(CellId cell) const
{
    const std::uint32_t key = index_of(cell);
    mitosis_cell entry{};
    const int error = bpf_map_lookup_elem(handles_.cells.get(), &key, &entry);
    if (error != 0) {
        return fail(-error, std::format("read cell {}", key));
    }
    return entry;
}

Result<std::vector<mitosis_cpu>> Skeleton::read_cpus() const
{
    auto count = static_cast<std::uint32_t>(shared_->stage_cpus.all().size());
    std::vector<mitosis_cpu> cpus(count);
    std::vector<std::uint32_t> keys(count);
    std::uint32_t last = 0;
    const int error = bpf_map_lookup_batch(handles_.cpus.get(), nullptr, &last, keys.data(),
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
    assert(into.size() == possible_.count());
    const int error = bpf_map_lookup_elem(handles_.cell_stats.get(), &key, into.data());
    if (error != 0) {
        return fail(-error, std::format("read the counters of cell {}", key));
    }
    return {};
}

Result<void> Skeleton::clear_counters(CellId cell)
{
    const std::uint32_t key = index_of(cell);
    const std::vector<mitosis_counters> zeros = empty_counters();
    const int error = bpf_map_update_elem(handles_.cell_stats.get(), &key, zeros.data(), BPF_ANY);
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
    bpf_map_info info{};
    std::uint32_t size = sizeof(info);
    if (bpf_map_get_info_by_fd(handles_.exit_dump.get(), &info, &size) != 0) {
        return {};
    }
    const std::uint32_t key = 0;
    std::string text(info.value_size, '\0');
    if (bpf_map_lookup_elem(handles_.exit_dump.get(), &key, text.data()) != 0) {
        return {};
    }
    text.resize(text.find('\0')); // the kernel ends it with one
    return text;
}

Told Skeleton::read_events()
{
    ring_buffer__consume(rings_.get());
    Told told = std::exchange(records_->told, {});
    const std::uint64_t lost = shared_->bss.one().events_lost;
    told.lost += lost - std::exchange(lost_, lost);
    return told;
}

std::uint64_t Skeleton::cpuset_changes() const
{
    return shared_->bss.one().cpuset_ended;
}

void Skeleton::set_cpusets_seen(std::uint64_t changes)
{
    shared_->bss.one().cpuset_seen = changes;
}

} // namespace mitosis::sched
