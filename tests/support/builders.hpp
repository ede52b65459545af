// SPDX-License-Identifier: GPL-2.0-only
// Builders: worlds in one line. A wrong literal in a test is a bug and ends the test program.
#pragma once

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/ownership.hpp"
#include "core/sample.hpp"
#include "core/topology.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::test {

/// The set of a CPU list: cpus("0-3,8").
[[nodiscard]] CpuSet cpus(std::string_view list);

/// CPUs numbered through LLC by LLC, core by core: SMT siblings are neighbours.
[[nodiscard]] Topology topology(unsigned llcs, unsigned cores_per_llc, unsigned smt);

/// The first `count` CPUs of a machine with one LLC, without SMT.
[[nodiscard]] Topology flat(unsigned count);

/// SMT siblings are n and n + half, as most firmware numbers them; one LLC.
[[nodiscard]] Topology split_siblings(unsigned cores);

/// The moment `seconds` after the beginning of a test.
[[nodiscard]] constexpr Clock::time_point at(double seconds)
{
    return Clock::time_point{
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds))};
}

/// A cell of the table: cell(1).cpuset("0-3"). Its cgroup id is 1000 + id, its path "/cell<id>".
class CellBuilder {
public:
    explicit CellBuilder(std::uint32_t id);
    [[nodiscard]] CellBuilder cpuset(std::string_view list) const;
    operator Cell() const { return cell_; } // NOLINT(google-explicit-constructor): reads as a Cell

private:
    Cell cell_;
};
[[nodiscard]] CellBuilder cell(std::uint32_t id);

/// The root cell and cells 1 .. count, none with a cpuset.
[[nodiscard]] std::vector<Cell> root_and(std::uint32_t count);

/// A child cgroup: entry(77, "/jobs.slice/web", "0-3"); no cpuset without the last.
[[nodiscard]] CgroupEntry entry(std::uint64_t cgroup, std::string path);
[[nodiscard]] CgroupEntry entry(std::uint64_t cgroup, std::string path, std::string_view cpuset);
[[nodiscard]] CgroupScan scan(std::vector<CgroupEntry> children);

/// An assignment by owner: owners({{0, "0-3"}, {1, "4-7"}}), in order of ids.
[[nodiscard]] Assignment
owners(const std::vector<std::pair<std::uint32_t, std::string_view>> &by_cell);

/// What the kernel has where it did as it was told; all CPUs that have an owner are online.
[[nodiscard]] Ownership ownership_of(const Assignment &applied);

/// What cells had run (ns, all of it on CPU 0) when the sample was taken.
[[nodiscard]] Sample ran(Clock::time_point taken_at,
                         const std::vector<std::pair<std::uint32_t, std::uint64_t>> &run_ns);

} // namespace mitosis::test
