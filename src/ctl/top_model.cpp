// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/top_model.hpp"

#include "ctl/snapshot.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::ctl {

namespace {

double since(std::uint64_t before, std::uint64_t now)
{
    return now > before ? static_cast<double>(now - before) : 0.0;
}

void set_mix(CellActivity &activity, const CellSnapshot &before, const CellSnapshot &now)
{
    activity.mix = {since(before.dispatch_local, now.dispatch_local),
                    since(before.dispatch_cell_queue, now.dispatch_cell_queue),
                    since(before.dispatch_cpu_queue, now.dispatch_cpu_queue),
                    since(before.dispatch_borrowed, now.dispatch_borrowed)};
    const double all = std::ranges::fold_left(activity.mix, 0.0, std::plus());
    for (double &share : activity.mix)
        share = all == 0.0 ? 0.0 : share / all;
}

void set_rates(CellActivity &activity, const CellSnapshot &before, const CellSnapshot &now)
{
    const double elapsed_ns = since(before.sampled_monotonic_us, now.sampled_monotonic_us) * 1000;
    if (elapsed_ns == 0.0)
        return; // the service took no new sample: what was shown still holds
    activity.used = since(before.cpu_usage_ns, now.cpu_usage_ns) / elapsed_ns;
    activity.borrowed = since(before.borrowed_ns, now.borrowed_ns) / elapsed_ns;
    activity.lent = since(before.lent_ns, now.lent_ns) / elapsed_ns;
    const double waits = since(before.waits, now.waits);
    activity.wait_ns = waits == 0.0 ? 0.0 : since(before.wait_ns, now.wait_ns) / waits;
    set_mix(activity, before, now);
}

CellActivity next_activity(CellActivity activity, const CellSnapshot *before,
                           const CellSnapshot &now)
{
    activity.id = now.id;
    activity.cgroup = now.cgroup;
    activity.cpus = now.cpus;
    if (before != nullptr)
        set_rates(activity, *before, now);
    else
        activity.used = now.utilization * static_cast<double>(now.cpus.size());
    activity.history.push_back(activity.utilization());
    if (activity.history.size() > TopModel::longest_history)
        activity.history.pop_front();
    return activity;
}

double figure_of(const CellActivity &cell, SortKey key)
{
    switch (key) {
    case SortKey::cpus:
        return static_cast<double>(cell.cpus.size());
    case SortKey::used:
        return cell.used;
    case SortKey::wait:
        return cell.wait_ns;
    case SortKey::borrowed:
        return cell.borrowed;
    case SortKey::lent:
        return cell.lent;
    case SortKey::id:
    case SortKey::name:
        break;
    }
    return 0.0;
}

} // namespace

std::string_view to_string(SortKey key)
{
    switch (key) {
    case SortKey::id:
        return "id";
    case SortKey::name:
        return "name";
    case SortKey::cpus:
        return "CPUs";
    case SortKey::used:
        return "use";
    case SortKey::wait:
        return "wait";
    case SortKey::borrowed:
        return "borrowed";
    case SortKey::lent:
        return "lent";
    }
    std::unreachable();
}

SortKey next(SortKey key)
{
    return key == SortKey::lent ? SortKey::id : static_cast<SortKey>(std::to_underlying(key) + 1);
}

void TopModel::update(ServiceSnapshot service, std::span<const CellSnapshot> cells)
{
    std::map<std::uint64_t, CellSnapshot> readings;
    std::map<std::uint64_t, CellActivity> activities;
    for (const CellSnapshot &cell : cells) {
        const auto before = before_.find(cell.instance);
        activities[cell.instance] =
            next_activity(std::move(activities_[cell.instance]),
                          before == before_.end() ? nullptr : &before->second, cell);
        readings[cell.instance] = cell;
    }
    service_ = std::move(service);
    before_ = std::move(readings);
    activities_ = std::move(activities);
}

std::vector<CellActivity> TopModel::cells(SortKey key) const
{
    std::vector<CellActivity> cells;
    cells.reserve(activities_.size());
    for (const auto &[instance, activity] : activities_)
        cells.push_back(activity);
    std::ranges::sort(cells, {}, &CellActivity::id);
    if (key == SortKey::name)
        std::ranges::stable_sort(cells, {}, &CellActivity::cgroup);
    else if (key != SortKey::id)
        std::ranges::stable_sort(cells, std::greater(),
                                 [&](const CellActivity &cell) { return figure_of(cell, key); });
    return cells;
}

} // namespace mitosis::ctl
