// SPDX-License-Identifier: GPL-2.0-only
// A machine of any size with cells that run, to measure decisions on.
#pragma once

#include "core/cgroup_scan.hpp"
#include "core/config.hpp"
#include "core/decide.hpp"
#include "core/ids.hpp"
#include "core/sample.hpp"
#include "core/topology.hpp"

#include <cstdint>

namespace mitosis::test {

/// What a machine has to live with at every tick.
enum class Condition {
    calm,
    refusing, // one cgroup more than there are ids
    uneven,   // one cell fills the only CPU of its cpuset: a spread that no move can lower
};

class RunningMachine {
public:
    /// `cells` beside the root cell; LLCs of 16 CPUs with two threads a core.
    RunningMachine(unsigned cpus, std::uint32_t cells, Condition condition = Condition::calm);

    /// One second in which every cell uses half of its CPUs, one that fills its CPU excepted, and a
    /// scan that finds the same cells, as every tick of the service has one.
    [[nodiscard]] Inputs next_tick();
    /// Decides and takes the outcome over, in storage that is used again.
    void decide_on(Inputs inputs);

    [[nodiscard]] const Decision &last() const { return decision_; }
    [[nodiscard]] const KnownState &state() const { return state_; }
    [[nodiscard]] const Config &config() const { return config_; }

private:
    [[nodiscard]] std::uint64_t run_ns(CellId cell) const;

    Condition condition_;
    Config config_;
    Topology topology_;
    KnownState state_;
    Decision decision_;
    Sample sample_;
    CgroupScan scan_;
    double now_s_ = 0;
};

} // namespace mitosis::test
