// SPDX-License-Identifier: GPL-2.0-only
// LogControl: org.freedesktop.LogControl1 at its fixed place, so that
// `systemctl service-log-level` reads and, for root, sets the log level.
#pragma once

#include "bus/log_level.hpp"

#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/IObject.h>

#include <memory>
#include <string>

namespace mitosis::bus {

class LogControl {
public:
    /// The port must outlive the object.
    LogControl(sdbus::IConnection &connection, LogLevelPort &log);

private:
    void set_level(const std::string &name);
    void refuse_target(const std::string &target);
    void authorise_set(const char *property) const;

    LogLevelPort &log_;
    std::unique_ptr<sdbus::IObject> object_;
};

} // namespace mitosis::bus
