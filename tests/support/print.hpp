// SPDX-License-Identifier: GPL-2.0-only
// How values of the core show in a failed expectation: CPUs as lists, never as bitmaps.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"

#include <ostream>

namespace mitosis {

// GoogleTest finds these by their name and namespace.
// NOLINTBEGIN(readability-identifier-naming)
void PrintTo(const CpuSet &cpus, std::ostream *out);
void PrintTo(CellId id, std::ostream *out);
void PrintTo(const Cell &cell, std::ostream *out);
void PrintTo(const Assignment &assignment, std::ostream *out);
void PrintTo(const CellShift &shift, std::ostream *out);
// NOLINTEND(readability-identifier-naming)

} // namespace mitosis
