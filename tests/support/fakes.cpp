// SPDX-License-Identifier: GPL-2.0-only
#include "support/fakes.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/ownership.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "support/builders.hpp"

#include <cerrno>
#include <cstdint>
#include <optional>
#include <span>

namespace mitosis::test {

Result<Sample> FakeScheduler::read_sample(std::span<const Cell> live,
                                          std::span<const CellId> retired, Clock::time_point now)
{
    ++samples_read_;
    if (failing_samples_ > 0) {
        --failing_samples_;
        return fail(EIO, "counters");
    }
    Sample sample{.taken_at = now, .cells = {}, .drained = {}};
    for (const Cell &cell : live) {
        const auto run_ns = static_cast<std::uint64_t>(run_[cell.id].count());
        sample.cells.push_back(
            {.cell = cell.id, .total = {.run_ns = run_ns}, .run_ns_by_cpu = {run_ns}});
    }
    if (queues_ == Queues::drain)
        sample.drained.assign(retired.begin(), retired.end());
    return sample;
}

Result<void> FakeScheduler::apply(const Assignment &assignment, std::span<const Cell> cells,
                                  std::span<const CellId> retired)
{
    attempts_.push_back({.assignment = assignment,
                         .cells = {cells.begin(), cells.end()},
                         .retired = {retired.begin(), retired.end()}});
    if (failing_applies_ > 0) {
        --failing_applies_;
        return fail(EINVAL, "program");
    }
    in_force_ = assignment;
    if (insists_ == Insists::no)
        given_.clear();
    return {};
}

void FakeScheduler::give(unsigned cpu, CellId cell, Insists insists)
{
    given_[cpu] = cell;
    insists_ = insists;
}

Result<std::optional<Ownership>> FakeScheduler::read_ownership()
{
    if (!in_force_)
        return std::nullopt;
    Ownership ownership = ownership_of(*in_force_);
    ownership.online -= offline_;
    for (const auto &[cpu, cell] : given_)
        ownership.owners.at(cpu) = cell;
    return ownership;
}

Result<CgroupScan> FakeCgroups::scan()
{
    ++scans_;
    if (failing_ == 0)
        return found_;
    --failing_;
    return fail(EACCES, "directory");
}

void FakeSink::publish(const Status &status, std::span<const Event> events)
{
    published_.push_back(status);
    last_events_.assign(events.begin(), events.end());
}

} // namespace mitosis::test
