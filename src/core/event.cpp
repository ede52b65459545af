// SPDX-License-Identifier: GPL-2.0-only
#include "core/event.hpp"

#include <string>
#include <utility>

namespace mitosis {

std::string to_string(Trigger trigger)
{
    switch (trigger) {
    case Trigger::automatic:
        return "auto";
    case Trigger::dbus:
        return "dbus";
    case Trigger::cgroup:
        return "cgroup";
    case Trigger::cpuset:
        return "cpuset";
    case Trigger::hotplug:
        return "hotplug";
    case Trigger::startup:
        return "startup";
    }
    std::unreachable();
}

} // namespace mitosis
