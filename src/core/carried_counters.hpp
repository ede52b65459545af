// SPDX-License-Identifier: GPL-2.0-only
// CarriedCounters: what schedulers counted that are gone. Each begins at zero; with what is carried
// the counters of a cell go on from one to the next.
#pragma once

#include "core/cell_table.hpp"
#include "core/sample.hpp"

#include <cstdint>
#include <map>
#include <span>

namespace mitosis {

class CarriedCounters {
public:
    /// The scheduler that counted this is gone. `last` is its last sample, with what was carried to
    /// it; `cells` are those that go on.
    void keep(const Sample &last, std::span<const Cell> cells);

    /// Makes a sample of the scheduler that runs one of all so far. `cells` are those it is of.
    void add_to(Sample &sample, std::span<const Cell> cells) const;

private:
    std::map<std::uint64_t, CellSample> by_instance_; // an id may be another cell's by now
};

} // namespace mitosis
