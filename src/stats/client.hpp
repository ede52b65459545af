// SPDX-License-Identifier: GPL-2.0-only
// The client of the statistics socket that --monitor is: prints one object each interval.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

namespace mitosis::stats {

struct Monitor {
    std::string path;
    std::chrono::duration<double> interval{1.0}; // finite and positive
    std::uint64_t count = 0;                     // objects to print; 0 = without end
    int output = -1; // the descriptor behind `out`, to notice that its reader went away
    /// What it waits for, for people.
    std::function<void(const std::string &)> note = [](const std::string & /*text*/) {};
};

/// Waits for a service that is not there, comes back to one that was restarted. Returns after
/// `count` objects, when nothing more can be written to `out`, or when the socket refuses us for
/// good (noted).
void monitor(const Monitor &how, std::ostream &out);

} // namespace mitosis::stats
