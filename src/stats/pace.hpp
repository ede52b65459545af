// SPDX-License-Identifier: GPL-2.0-only
// The time between two outputs of a program that prints for ever.
#pragma once

#include <poll.h>

#include <chrono>

namespace mitosis::stats {

/// Returns after the interval, or as soon as nobody can read any more what is written to the
/// descriptor; with -1 only after the interval. At most some 24 days.
inline void wait_for_next(std::chrono::duration<double> interval, int output)
{
    pollfd reader{.fd = output, .events = 0, .revents = 0}; // errors are reported unasked
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(interval);
    (void)::poll(&reader, 1, static_cast<int>(milliseconds.count())); // a signal is as good
}

} // namespace mitosis::stats
