// SPDX-License-Identifier: GPL-2.0-only
#include "core/resume.hpp"

#include "core/cell_table.hpp"
#include "core/decide.hpp"
#include "core/ids.hpp"
#include "core/kernel_cell.hpp"
#include "core/manifest.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

bool is_same(const Cell &known, const KernelCell &kernel)
{
    return known.id == kernel.id && known.cgroup == kernel.cgroup;
}

} // namespace

std::optional<KnownState> resume(const Manifest &manifest, std::span<const KernelCell> kernel,
                                 std::uint32_t capacity, Clock::time_point now)
{
    const auto is_live = [](const KernelCell &cell) { return cell.live; };
    if (index_of(manifest.cells.back().id) >= capacity ||
        !std::ranges::equal(manifest.cells, kernel | std::views::filter(is_live), is_same))
        return std::nullopt;
    std::vector<CellId> retired;
    for (const KernelCell &cell : kernel)
        if (!cell.live)
            retired.push_back(cell.id);
    KnownState state;
    state.cells = CellTable(capacity, manifest.cells, std::move(retired), manifest.next_instance);
    state.applied = manifest.applied;
    state.generation = manifest.generation;
    state.unmet = manifest.unmet;
    state.considered_at = now; // what cells demand has to be measured anew
    return state;
}

} // namespace mitosis
