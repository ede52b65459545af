// SPDX-License-Identifier: GPL-2.0-only
// Notifier: what the service manager is told. Does nothing where there is none.
#pragma once

#include "core/cell_table.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace mitosis::daemon {

class Notifier {
public:
    /// Start or reload is over; `status` in words.
    void ready(const std::string &status, Clock::time_point now);
    void reloading(Clock::time_point now);
    void stopping();
    /// What is done next, be it part of a start or a reload or neither, may take this long. Holds
    /// off the manager's watchdog, too, until it is answered again (systemd's
    /// service_extend_timeout()).
    void extend_timeout(std::chrono::microseconds more);
    /// The process ends and another one goes on with its scheduler, if there is one.
    void leaving();
    /// A descriptor is to outlive the process: the next one gets it under that name.
    void store(const std::string &name, int fd);
    /// Those of that name are not needed any more.
    void remove(const std::string &name);
    /// Sent when it differs from what was sent last, at most every 5 s.
    void status(const std::string &status, Clock::time_point now);

private:
    std::string shown_;
    std::optional<Clock::time_point> shown_at_;
};

} // namespace mitosis::daemon
