// SPDX-License-Identifier: GPL-2.0-only
// CellTable: which cgroup owns which cell id. Identity is the cgroup id, never the path: a cgroup
// removed and made again under the same name is one cell gone and one cell new. An id that was
// given back stays retired until the scheduler says that its queues are empty; then the lowest free
// id is used first, so ids stay small.
#pragma once

#include "core/cgroup_scan.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mitosis {

using Clock = std::chrono::steady_clock; // as a type; core never reads it

struct Cell {
    CellId id;
    std::uint64_t instance = 0;   // never reused, unlike id; 0 is the root cell's
    CgroupId cgroup{};            // 0 for the root cell
    std::string path;             // "/" for the root cell
    std::optional<CpuSet> cpuset; // what its tasks may use; none: all that are online
    std::uint32_t weight = 100;   // cpu.weight of the cgroup
    bool populated = true;        // it has a task, or may have; always of the root cell
    Clock::time_point created_at;
    friend bool operator==(const Cell &, const Cell &) = default;
};

struct CellChanges {
    std::vector<Cell> created;        // by id
    std::vector<Cell> removed;        // by id, as they were
    std::vector<Cell> cpuset_changed; // by id, as they are now
    bool reweighted = false;          // some cell's weight is another one now
    bool repopulated = false;         // some cell got its first task or lost its last one
    [[nodiscard]] bool empty() const
    {
        return created.empty() && removed.empty() && cpuset_changed.empty() && !reweighted &&
               !repopulated;
    }
};

class CellTable {
public:
    /// Ids 0 .. capacity - 1; capacity >= 1. Holds the root cell from the start.
    explicit CellTable(std::uint32_t capacity, Clock::time_point now = {});
    /// A table goes on as another process left it. Preconditions: the cells are those of another
    /// table, `retired` ids without a cell, ascending; both lie below the capacity.
    CellTable(std::uint32_t capacity, std::vector<Cell> cells, std::vector<CellId> retired,
              std::uint64_t next_instance);

    /// Makes the table match the scan, whatever its order. A path change of a known cgroup id
    /// updates the path silently. A cgroup that finds no free id stays in the root cell, and is
    /// tried again at the next scan. Allocates nothing where the table stays as it is.
    CellChanges reconcile(const CgroupScan &scan, Clock::time_point now);

    /// The scheduler found the queues of these retired ids empty: they may be used again.
    void release(std::span<const CellId> drained);

    [[nodiscard]] std::span<const Cell> cells() const { return cells_; } // by id, root first
    [[nodiscard]] std::span<const CellId> retired() const { return retired_; }
    [[nodiscard]] const Cell *find(CellId id) const;
    [[nodiscard]] bool has_cell(CgroupId cgroup) const { return owner_of(cgroup) != nullptr; }
    [[nodiscard]] std::uint32_t capacity() const { return capacity_; }
    /// The instance of the next cell.
    [[nodiscard]] std::uint64_t next_instance() const { return next_instance_; }

private:
    struct Owner {
        CgroupId cgroup;
        CellId cell;
    };
    void drop_missing(std::span<const CgroupEntry> found, CellChanges &changes);
    void admit_unknown(std::span<const CgroupEntry> found, Clock::time_point now,
                       CellChanges &changes);
    void admit(const CgroupEntry &entry, Clock::time_point now, CellChanges &changes);
    void index_cgroups();
    [[nodiscard]] const Owner *owner_of(CgroupId cgroup) const;
    [[nodiscard]] Cell *find_cell(CgroupId cgroup);
    [[nodiscard]] bool is_full() const { return cells_.size() + retired_.size() >= capacity_; }
    [[nodiscard]] CellId lowest_free() const;

    std::uint32_t capacity_;
    std::uint64_t next_instance_ = 1;
    std::vector<Cell> cells_;
    std::vector<Owner> by_cgroup_; // of all cells but the root's, sorted
    std::vector<CellId> retired_;  // sorted
};

} // namespace mitosis
