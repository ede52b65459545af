// SPDX-License-Identifier: GPL-2.0-only
// TopModel: what the live view shows, from one reading of the service to the next. Pure.
#pragma once

#include "ctl/snapshot.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::ctl {

/// What a cell does at present. CPU times are in CPUs: 1.5 is one and a half CPUs busy.
struct CellActivity {
    std::uint32_t id = 0;
    std::string cgroup;
    Cpus cpus;
    double used = 0.0;
    double borrowed = 0.0;
    double lent = 0.0;
    double wait_ns = 0.0; // mean of the interval
    /// Shares of dispatches: local, cell queue, CPU queue, borrowed. All 0 when there were none.
    std::array<double, 4> mix{};
    std::deque<double> history; // utilisation of its own CPUs, oldest first
    [[nodiscard]] double utilization() const
    {
        return cpus.empty() ? 0.0 : used / static_cast<double>(cpus.size());
    }
};

enum class SortKey { id, name, cpus, used, wait, borrowed, lent };
[[nodiscard]] std::string_view to_string(SortKey key);
[[nodiscard]] SortKey next(SortKey key);

class TopModel {
public:
    static constexpr std::size_t longest_history = 60;

    /// Takes the next reading. Rates count from the reading before; a cell that is new shows the
    /// utilisation that the service says.
    void update(ServiceSnapshot service, std::span<const CellSnapshot> cells);

    [[nodiscard]] const ServiceSnapshot &service() const { return service_; }
    /// Biggest first, but for id and name.
    [[nodiscard]] std::vector<CellActivity> cells(SortKey key) const;

private:
    ServiceSnapshot service_;
    std::map<std::uint64_t, CellSnapshot> before_;     // by instance
    std::map<std::uint64_t, CellActivity> activities_; // by instance
};

} // namespace mitosis::ctl
