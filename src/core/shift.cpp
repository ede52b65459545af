// SPDX-License-Identifier: GPL-2.0-only
#include "core/shift.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"

#include <algorithm>
#include <cassert>
#include <string>
#include <vector>

namespace mitosis {
namespace {

CpuSet owned(const Assignment &assignment, CellId id)
{
    const CellCpus *entry = assignment.find(id);
    return entry != nullptr ? entry->primary : CpuSet{};
}

std::vector<CellId> ids_of(const Assignment &before, const Assignment &after)
{
    std::vector<CellId> ids;
    for (const Assignment *side : {&before, &after})
        for (const CellCpus &entry : side->cells)
            ids.push_back(entry.cell);
    std::ranges::sort(ids);
    const auto repeated = std::ranges::unique(ids);
    ids.erase(repeated.begin(), repeated.end());
    return ids;
}

std::string title(const Cell &cell)
{
    const std::string id = std::to_string(index_of(cell.id));
    return cell.id == root_cell ? id : id + "(" + cell.path.substr(cell.path.rfind('/') + 1) + ")";
}

} // namespace

std::vector<CellShift> shifts(const Assignment &before, const Assignment &after)
{
    std::vector<CellShift> changed;
    for (const CellId id : ids_of(before, after)) {
        const CpuSet old_cpus = owned(before, id);
        const CpuSet new_cpus = owned(after, id);
        if (old_cpus != new_cpus)
            changed.push_back(
                {.cell = id, .gained = new_cpus - old_cpus, .lost = old_cpus - new_cpus});
    }
    return changed;
}

std::string summary(const Assignment &assignment, const CellTable &cells)
{
    std::string text;
    for (const CellCpus &entry : assignment.cells) {
        const Cell *cell = cells.find(entry.cell);
        assert(cell != nullptr);
        if (!text.empty())
            text += ' ';
        text += "[" + title(*cell) + ": ";
        text += (entry.primary.empty() ? "none" : to_cpu_list(entry.primary)) + "]";
    }
    return text;
}

} // namespace mitosis
