// SPDX-License-Identifier: GPL-2.0-only
// The only place that words what happened. Phrases that scripts look for are kept: "Created cell",
// "Destroyed cell", "Cell config updated", "Applied initial cell configuration", "Cpuset change
// detected", "Rebalanced CPUs".
#pragma once

#include "core/cell_table.hpp"
#include "core/event.hpp"
#include "core/kernel_event.hpp"
#include "core/status.hpp"
#include "daemon/configuration.hpp"
#include "daemon/log.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::daemon {

/// What was given and has no other effect than to be told: the id of the run, a limit from the
/// environment, and every setting that does nothing, with who gave it.
[[nodiscard]] std::vector<LogRecord> to_records(const Configuration &configuration);

/// A line for each event of one tick, in their order.
[[nodiscard]] std::vector<LogRecord> to_records(std::span<const Event> events);

/// A task's affinity names several CPUs, but not all of its cell's; so many more did since the
/// last such line. `cell` is null when it is gone.
[[nodiscard]] LogRecord about_pin(const KernelEvent &event, const Cell *cell, std::uint64_t more);

/// The scheduler was ended by the kernel.
[[nodiscard]] LogRecord to_record(const ExitInfo &exit);

/// The kernel's dump of its state, a line for each of its lines.
[[nodiscard]] std::vector<LogRecord> to_records_of_dump(std::string_view dump);

/// What a tick measured, for who looks closely: of each cell the CPUs it has, used and is due.
[[nodiscard]] std::string measured_line(const Status &status);

/// "3 cells on 8 CPUs, generation 12", and what is not as it should be.
[[nodiscard]] std::string status_line(const Status &status, std::uint64_t ejections,
                                      Clock::time_point now);

} // namespace mitosis::daemon
