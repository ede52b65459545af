// SPDX-License-Identifier: GPL-2.0-only
// Worlds to show on the bus, in one line.
#pragma once

#include "bus/facts.hpp"
#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/ids.hpp"
#include "core/kernel_event.hpp"
#include "core/ownership.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"
#include "support/builders.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::test {

/// A cell with these CPUs; its instance is its id, its cgroup "/work.slice/cell<id>".
[[nodiscard]] inline CellStatus cell_status(std::uint32_t id, std::string_view cpu_list)
{
    CellStatus status;
    status.cell.id = CellId{id};
    status.cell.instance = id;
    status.cell.cgroup = CgroupId{id == 0 ? 0U : 1000 + id};
    status.cell.path = id == 0 ? "/" : "/work.slice/cell" + std::to_string(id);
    status.cell.created_at = at(1.0 + id);
    status.cpus = cpus(cpu_list);
    status.llcs = {LlcId{0}};
    return status;
}

/// What the kernel has where it did as it was told.
[[nodiscard]] inline Ownership ownership_of(const Status &status)
{
    Assignment applied;
    for (const CellStatus &cell : status.cells)
        applied.cells.push_back({.cell = cell.cell.id, .primary = cell.cpus, .borrowable = {}});
    return ownership_of(applied);
}

/// Cells 0, 1, ... with these CPUs; everything else at rest.
[[nodiscard]] inline Status running_status(const std::vector<std::string_view> &cpu_lists)
{
    Status status;
    status.state = State::running;
    status.generation = 1;
    std::uint32_t id = 0;
    for (const std::string_view list : cpu_lists) {
        status.cells.push_back(cell_status(id++, list));
        status.managed |= status.cells.back().cpus;
    }
    status.ownership = ownership_of(status);
    return status;
}

[[nodiscard]] inline bus::ServiceFacts running_facts()
{
    bus::ServiceFacts facts;
    facts.version = "1.2.3";
    facts.scheduler_name = "mitosis";
    facts.max_cells = 256;
    facts.state = State::running;
    facts.attached_realtime_us = 1'700'000'000'000'000;
    facts.attached_monotonic_us = 5'000'000;
    facts.config = {{"slice-us", std::uint64_t{20000}},
                    {"cell-parent-cgroup", std::string("/work.slice")}};
    facts.config_files = {"/etc/scx-mitosis/mitosis.toml"};
    facts.cell_parent_cgroup = "/work.slice";
    return facts;
}

/// A task that borrows CPU 3 of cell 1.
[[nodiscard]] inline KernelEvent borrow_event()
{
    return {.kind = KernelEvent::Kind::borrow,
            .at_ns = 5'000'000'123,
            .cgroup = CgroupId{1234},
            .pid = 77,
            .cell = CellId{1},
            .cpu = 3};
}

} // namespace mitosis::test
