// SPDX-License-Identifier: GPL-2.0-only
#include "core/cell_table.hpp"

#include "core/cgroup_scan.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

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

CellTable::CellTable(std::uint32_t capacity, std::vector<Cell> cells, std::vector<CellId> retired,
                     std::uint64_t next_instance)
    : capacity_(capacity), next_instance_(next_instance), cells_(std::move(cells)),
      retired_(std::move(retired))
{
    assert(!cells_.empty() && cells_.front().id == root_cell);
    assert(index_of(cells_.back().id) < capacity_);
    index_cgroups();
}

CellChanges CellTable::reconcile(const CgroupScan &scan, Clock::time_point now)
{
    CellChanges changes;
    set_cpuset(cells_.front(), scan.root_cpuset, changes);
    std::size_t known = 1; // the root cell has no cgroup
    for (const CgroupEntry &entry : scan.children)
        if (Cell *cell = find_cell(entry.id)) {
            update(*cell, entry, changes);
            ++known;
        }
    std::ranges::sort(changes.cpuset_changed, {}, &Cell::id);
    const std::size_t newcomers = scan.children.size() + 1 - known;
    if (known < cells_.size())
        drop_missing(scan.children, changes);
    if (newcomers > 0 && !is_full())
        admit_unknown(scan.children, now, changes);
    return changes;
}

void CellTable::drop_missing(std::span<const CgroupEntry> found, CellChanges &changes)
{
    std::vector<CgroupId> standing;
    standing.reserve(found.size());
    for (const CgroupEntry &entry : found)
        standing.push_back(entry.id);
    std::ranges::sort(standing);
    const auto stays = [&](const Cell &cell) {
        return cell.id == root_cell || std::ranges::binary_search(standing, cell.cgroup);
    };
    std::ranges::remove_copy_if(cells_, std::back_inserter(changes.removed), stays);
    std::erase_if(cells_, std::not_fn(stays));
    for (const Cell &cell : changes.removed)
        insert_sorted(retired_, cell.id);
    index_cgroups();
}

void CellTable::admit_unknown(std::span<const CgroupEntry> found, Clock::time_point now,
                              CellChanges &changes)
{
    std::vector<CgroupEntry> newcomers;
    std::ranges::copy_if(found, std::back_inserter(newcomers),
                         [&](const CgroupEntry &entry) { return !has_cell(entry.id); });
    std::ranges::sort(newcomers, {}, &CgroupEntry::path); // ids follow names, not readdir
    for (const CgroupEntry &entry : newcomers) {
        if (is_full())
            break;
        admit(entry, now, changes);
    }
    std::ranges::sort(changes.created, {}, &Cell::id);
    index_cgroups();
}

void CellTable::index_cgroups()
{
    by_cgroup_.clear();
    for (const Cell &cell : cells_ | std::views::drop(1))
        by_cgroup_.push_back({.cgroup = cell.cgroup, .cell = cell.id});
    std::ranges::sort(by_cgroup_, {}, &Owner::cgroup);
}

void CellTable::admit(const CgroupEntry &entry, Clock::time_point now, CellChanges &changes)
{
    const Cell cell{.id = lowest_free(),
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

const CellTable::Owner *CellTable::owner_of(CgroupId cgroup) const
{
    const auto owner = std::ranges::lower_bound(by_cgroup_, cgroup, {}, &Owner::cgroup);
    return owner != by_cgroup_.end() && owner->cgroup == cgroup ? &*owner : nullptr;
}

Cell *CellTable::find_cell(CgroupId cgroup)
{
    const Owner *owner = owner_of(cgroup);
    return owner != nullptr ? &*std::ranges::lower_bound(cells_, owner->cell, {}, &Cell::id)
                            : nullptr;
}

CellId CellTable::lowest_free() const
{
    assert(!is_full());
    CellId id = root_cell;
    while (find(id) != nullptr || std::ranges::binary_search(retired_, id))
        id = CellId{index_of(id) + 1};
    return id;
}

} // namespace mitosis
