// SPDX-License-Identifier: GPL-2.0-only
// Fakes of the engine's ports: they keep what they were given and answer what they were told.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/ownership.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "engine/ports.hpp"

#include <cerrno>
#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace mitosis::test {

class FakeScheduler final : public engine::SchedulerPort {
public:
    struct Applied {
        Assignment assignment;
        std::vector<Cell> cells;
        std::vector<CellId> retired;
    };

    Result<Sample> read_sample(std::span<const Cell> live, std::span<const CellId> retired,
                               Clock::time_point now) override;
    Result<void> apply(const Assignment &assignment, std::span<const Cell> cells,
                       std::span<const CellId> retired) override;
    /// What was applied last, with the CPUs that were given away.
    Result<std::optional<Ownership>> read_ownership() override;

    /// The kernel's side gives this CPU to a cell by itself, and once more after every apply from
    /// now on if it insists.
    enum class Insists { no, yes };
    void give(unsigned cpu, CellId cell, Insists insists = Insists::no);
    /// CPUs that do not dispatch now.
    void put_offline(const CpuSet &cpus) { offline_ = cpus; }

    /// The next calls fail: apply with EINVAL, read_sample with EIO.
    void fail_applies(unsigned count) { failing_applies_ = count; }
    void fail_samples(unsigned count) { failing_samples_ = count; }
    /// What the cell has run so far, all of it on CPU 0.
    void set_run(CellId cell, std::chrono::nanoseconds run) { run_[cell] = run; }
    /// Whether queues of retired ids run empty by themselves.
    enum class Queues { drain, stay_full };
    void set_queues(Queues queues) { queues_ = queues; }

    [[nodiscard]] const std::vector<Applied> &attempts() const { return attempts_; }
    [[nodiscard]] unsigned samples_read() const { return samples_read_; }

private:
    std::vector<Applied> attempts_; // the failed ones too
    std::optional<Assignment> in_force_;
    std::map<unsigned, CellId> given_; // CPU -> cell
    Insists insists_ = Insists::no;
    CpuSet offline_;
    unsigned failing_applies_ = 0;
    unsigned failing_samples_ = 0;
    std::map<CellId, std::chrono::nanoseconds> run_;
    unsigned samples_read_ = 0;
    Queues queues_ = Queues::drain;
};

class FakeCgroups final : public engine::CgroupPort {
public:
    Result<CgroupScan> scan() override;

    void set(CgroupScan found) { found_ = std::move(found); }
    void fail_scans(unsigned count) { failing_ = count; }
    [[nodiscard]] unsigned scans() const { return scans_; }

private:
    CgroupScan found_{.parent_present = true, .children = {}};
    unsigned failing_ = 0;
    unsigned scans_ = 0;
};

class FakeSink final : public engine::StatusSink {
public:
    void publish(const Status &status, std::span<const Event> events) override;

    [[nodiscard]] const std::vector<Status> &published() const { return published_; }
    [[nodiscard]] const std::vector<Event> &last_events() const { return last_events_; }

private:
    std::vector<Status> published_;
    std::vector<Event> last_events_;
};

} // namespace mitosis::test
