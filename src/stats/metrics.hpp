// SPDX-License-Identifier: GPL-2.0-only
// What upstream's statistics clients read: one object of the last interval, percentages and counts,
// with the fields of both of upstream's releases. Pure.
#pragma once

#include "core/status.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mitosis::stats {

/// Keeps the last two samples; the interval lies between them and its length is measured. Cells
/// that did nothing in it have zeros, cells that are gone have no entry.
class Recorder {
public:
    /// A status without a newer sample only updates what it says of the cells. `cell0_min_cpus` is
    /// the setting of that name, under which the status came about.
    void record(const Status &status, std::uint64_t cell0_min_cpus = 0);

    /// JSON in one line, keys sorted. All zeros before the second sample.
    [[nodiscard]] std::string metrics() const;

private:
    std::optional<Status> before_;
    std::optional<Status> now_;
    bool held_out_ = false; // so far
};

/// What the fields are, for clients that convert them: JSON in one line, keys sorted.
[[nodiscard]] std::string meta();

/// The metrics as upstream prints them: indented by two, in the order of their declaration, cells
/// by number. nullopt when the text is no metrics object.
[[nodiscard]] std::optional<std::string> to_pretty(std::string_view metrics);

} // namespace mitosis::stats
