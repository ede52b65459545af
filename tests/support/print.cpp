// SPDX-License-Identifier: GPL-2.0-only
#include "support/print.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"

#include <ostream>

namespace mitosis {

// NOLINTBEGIN(readability-identifier-naming)
void PrintTo(const CpuSet &cpus, std::ostream *out)
{
    *out << '{' << to_cpu_list(cpus) << '}';
}

void PrintTo(CellId id, std::ostream *out)
{
    *out << "cell " << index_of(id);
}

void PrintTo(const Cell &cell, std::ostream *out)
{
    *out << "cell " << index_of(cell.id) << '#' << cell.instance << ' ' << cell.path;
    if (cell.cpuset)
        *out << " cpuset " << to_cpu_list(*cell.cpuset);
}

void PrintTo(const Assignment &assignment, std::ostream *out)
{
    for (const CellCpus &entry : assignment.cells)
        *out << '[' << index_of(entry.cell) << ": " << to_cpu_list(entry.primary) << "] ";
    *out << "pooled:";
    for (const CellId id : assignment.pooled)
        *out << ' ' << index_of(id);
}

void PrintTo(const CellShift &shift, std::ostream *out)
{
    *out << "cell " << index_of(shift.cell) << " +{" << to_cpu_list(shift.gained) << "} -{"
         << to_cpu_list(shift.lost) << '}';
}
// NOLINTEND(readability-identifier-naming)

} // namespace mitosis
