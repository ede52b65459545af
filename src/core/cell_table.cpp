// SPDX-License-Identifier: GPL-2.0-only
#include "core/cell_table.hpp"

#include "core/cgroup_scan.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <iterator>
#include <optional>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

const CgroupEntry *entry_of(std::span<const CgroupEntry> by_cgroup, CgroupId cgroup)
{
    const auto entry = std::ranges::lower_bound(by_cgroup, cgroup, {}, &CgroupEntry::id);
    return entry != by_cgroup.end() && entry->id == cgroup ? &*entry : nullptr;
}

void insert_sorted(std::vector<CellId> &ids, CellId id)
{
    ids.insert(std::ranges::lower_bound(ids, id), id);
}

void set_cpuset(Cell &cell, const std::optional<CpuSet> &cpuset, CellChanges &changes)
{
    if (cell.cpuset == cpuset)
        return;
    cell.cpuset = cpuset;
    changes.cpuset_changed.push_back(cell);
}

/// Takes over what may change in a living cgroup.
void update(Cell &cell, const CgroupEntry &entry, CellChanges &changes)
{
    cell.path = entry.path;
    changes.reweighted |= std::exchange(cell.weight, entry.weight) != entry.weight;
    changes.repopulated |= std::exchange(cell.populated, entry.populated) != entry.populated;
    set_cpuset(cell, entry.cpuset, changes);
}

} // namespace

CellTable::CellTable(std::uint32_t capacity, Clock::time_point now) : capacity_(capacity)
{
    assert(capacity >= 1);
    cells_.push_back(Cell{.id = root_cell,
                          .instance = 0,
                          .cgroup = {},
                          .path = "/",
                          .cpuset = {},
                          .created_at = now});
}

CellChanges CellTable::reconcile(const CgroupScan &scan, Clock::time_point now)
{
    std::vector<CgroupEntry> by_cgroup = scan.children;
    std::ranges::sort(by_cgroup, {}, &CgroupEntry::id);
    CellChanges changes;
    set_cpuset(cells_.front(), scan.root_cpuset, changes);
    drop_missing(by_cgroup, changes);

    std::vector<CgroupEntry> newcomers = unknown(by_cgroup);
    std::ranges::sort(newcomers, {}, &CgroupEntry::path); // ids follow names, not readdir
    for (const CgroupEntry &entry : newcomers)
        admit(entry, now, changes);
    std::ranges::sort(changes.created, {}, &Cell::id);
    return changes;
}

void CellTable::drop_missing(std::span<const CgroupEntry> by_cgroup, CellChanges &changes)
{
    std::vector<Cell> kept;
    for (Cell &cell : cells_) {
        const CgroupEntry *entry = entry_of(by_cgroup, cell.cgroup);
        if (cell.id != root_cell && entry == nullptr) {
            insert_sorted(retired_, cell.id);
            changes.removed.push_back(std::move(cell));
            continue;
        }
        if (cell.id != root_cell)
            update(cell, *entry, changes);
        kept.push_back(std::move(cell));
    }
    cells_ = std::move(kept);
}

std::vector<CgroupEntry> CellTable::unknown(std::span<const CgroupEntry> entries) const
{
    std::vector<CgroupId> known;
    for (const Cell &cell : cells_ | std::views::drop(1)) // the root cell has no cgroup
        known.push_back(cell.cgroup);
    std::ranges::sort(known);
    std::vector<CgroupEntry> newcomers;
    std::ranges::copy_if(
        entries, std::back_inserter(newcomers),
        [&](CgroupId id) { return !std::ranges::binary_search(known, id); }, &CgroupEntry::id);
    return newcomers;
}

void CellTable::admit(const CgroupEntry &entry, Clock::time_point now, CellChanges &changes)
{
    const std::optional<CellId> id = lowest_free();
    if (!id) {
        changes.refused.push_back(entry);
        return;
    }
    const Cell cell{.id = *id,
                    .instance = next_instance_++,
                    .cgroup = entry.id,
                    .path = entry.path,
                    .cpuset = entry.cpuset,
                    .weight = entry.weight,
                    .populated = entry.populated,
                    .created_at = now};
    cells_.insert(std::ranges::lower_bound(cells_, cell.id, {}, &Cell::id), cell);
    changes.created.push_back(cell);
}

void CellTable::release(std::span<const CellId> drained)
{
    std::erase_if(retired_, [&](CellId id) { return std::ranges::contains(drained, id); });
}

const Cell *CellTable::find(CellId id) const
{
    const auto cell = std::ranges::lower_bound(cells_, id, {}, &Cell::id);
    return cell != cells_.end() && cell->id == id ? &*cell : nullptr;
}

std::optional<CellId> CellTable::lowest_free() const
{
    for (std::uint32_t index = 0; index < capacity_; ++index)
        if (const CellId id{index};
            find(id) == nullptr && !std::ranges::binary_search(retired_, id))
            return id;
    return std::nullopt;
}

} // namespace mitosis
