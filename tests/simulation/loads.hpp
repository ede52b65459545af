// SPDX-License-Identifier: GPL-2.0-only
// Loads that change in time, for simulations: what two or three cells would use of a machine if
// they had all of it.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace mitosis::test {

struct Moment {
    std::vector<double> demand; // CPUs by cell, the root cell first; a negative one: no such cell
};

struct Scenario {
    std::string name;
    double duration_s = 120;
    std::function<Moment(double now_s)> at;
    bool cells_come_and_go = false;
};

/// step, ramp, square, random walk, diurnal, bursty, cells, churn, and square waves that flip every
/// 3 and every 5 ticks; always the same ones.
[[nodiscard]] std::vector<Scenario> scenarios(double tick_s);

} // namespace mitosis::test
