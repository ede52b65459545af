// SPDX-License-Identifier: GPL-2.0-only
#include "core/event.hpp"

#include "core/counted.hpp"

#include <format>
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
    case Trigger::config:
        return "config";
    }
    std::unreachable();
}

std::string to_string(const HeldBack &held_back)
{
    const std::string why =
        held_back.reason == HeldBack::Reason::below_threshold
            ? std::format("demands per CPU differ by {:.1f} points, which is below "
                          "rebalance-threshold ({:.1f})",
                          held_back.spread_pct, held_back.threshold)
            : std::string("shares would come too little nearer to what is due");
    return std::format("nothing moved: {}; {} would change hands by force", why,
                       counted(held_back.cpus, "CPU"));
}

} // namespace mitosis
