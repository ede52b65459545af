// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/bpf_kernel_scheduler.hpp"

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
#include "daemon/world.hpp"
#include "sched/bpf_scheduler.hpp"
#include "sched/handles.hpp"
#include "sched/object.hpp"
#include "sched/scheduler_options.hpp"
#include "sys/unique_fd.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::daemon {
namespace {

/// Room for every CPU to be a cell, and on small machines for cells without a CPU of their own.
constexpr unsigned least_capacity = 256;

class BpfKernelScheduler final : public KernelScheduler {
public:
    BpfKernelScheduler(sched::BpfScheduler scheduler, std::uint32_t capacity)
        : scheduler_(std::move(scheduler)), capacity_(capacity)
    {
    }
    BpfKernelScheduler(const BpfKernelScheduler &) = delete;
    BpfKernelScheduler &operator=(const BpfKernelScheduler &) = delete;
    ~BpfKernelScheduler() override
    {
        if (!is_let_go_)
            scheduler_.detach();
    }

    [[nodiscard]] std::vector<std::pair<std::string, int>> handles() const override
    {
        return scheduler_.handles();
    }
    void let_go() override { is_let_go_ = true; }
    void detach() override { scheduler_.detach(); }
    [[nodiscard]] Result<std::vector<KernelCell>> read_cells() const override
    {
        return scheduler_.read_cells();
    }
    [[nodiscard]] Result<void> attach() override { return scheduler_.attach(); }
    [[nodiscard]] int event_fd() const override { return scheduler_.event_fd(); }
    [[nodiscard]] KernelEvents read_events() override { return scheduler_.read_events(); }
    [[nodiscard]] std::uint64_t cpuset_changes() const override
    {
        return scheduler_.cpuset_changes();
    }
    void set_cpusets_seen(std::uint64_t changes) override { scheduler_.set_cpusets_seen(changes); }
    [[nodiscard]] std::vector<std::string> fallbacks() const override
    {
        return scheduler_.fallbacks();
    }
    [[nodiscard]] Result<void> settle() override { return scheduler_.settle(); }
    void set_slices(std::chrono::microseconds slice, const SliceShrinking &limits) override
    {
        scheduler_.set_slices(slice, limits);
    }
    [[nodiscard]] std::optional<ExitInfo> read_exit() override { return scheduler_.read_exit(); }
    [[nodiscard]] std::string read_dump() override { return scheduler_.read_dump(); }
    [[nodiscard]] std::uint32_t cell_capacity() const override { return capacity_; }
    [[nodiscard]] Result<Sample> read_sample(std::span<const Cell> live,
                                             std::span<const CellId> retired,
                                             Clock::time_point now) override
    {
        return scheduler_.read_sample(live, retired, now);
    }
    [[nodiscard]] Result<void> apply(const Assignment &assignment, std::span<const Cell> cells,
                                     std::span<const CellId> retired) override
    {
        return scheduler_.apply(assignment, cells, retired);
    }
    [[nodiscard]] Result<std::optional<Ownership>> read_ownership() override
    {
        return scheduler_.read_ownership();
    }

private:
    sched::BpfScheduler scheduler_;
    std::uint32_t capacity_;
    bool is_let_go_ = false;
};

sched::SchedulerOptions options_of(const Config &config, const Topology &topology)
{
    return {.cell_capacity = std::max(least_capacity, topology.online().count()),
            .slice = config.slice,
            .timeout = config.watchdog_timeout,
            .exit_dump_len = config.exit_dump_len,
            .features = config.features,
            .libbpf = config.libbpf};
}

} // namespace

Result<std::unique_ptr<KernelScheduler>> load_bpf_scheduler(const Config &config,
                                                            const Topology &topology)
{
    const sched::SchedulerOptions options = options_of(config, topology);
    auto scheduler = sched::BpfScheduler::open(options, topology);
    if (!scheduler)
        return with_context(std::move(scheduler).error(), "load the scheduler");
    return std::make_unique<BpfKernelScheduler>(*std::move(scheduler), options.cell_capacity);
}

Result<std::unique_ptr<KernelScheduler>>
adopt_bpf_scheduler(const Config &config, const Topology &topology, sys::NamedFds handles)
{
    const sys::UniqueFd attachment = sched::copy_attachment(handles);
    const sched::SchedulerOptions options = options_of(config, topology);
    auto scheduler = sched::BpfScheduler::adopt(options, topology, std::move(handles));
    if (!scheduler) {
        sched::end_attachment(attachment.get());
        return with_context(std::move(scheduler).error(), "take the scheduler over");
    }
    return std::make_unique<BpfKernelScheduler>(*std::move(scheduler), options.cell_capacity);
}

void end_bpf_attachment(const sys::NamedFds &handles)
{
    sched::end_attachment(sched::copy_attachment(handles).get());
}

std::uint64_t bpf_object_fingerprint()
{
    return sched::object_fingerprint();
}

} // namespace mitosis::daemon
