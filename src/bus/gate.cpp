// SPDX-License-Identifier: GPL-2.0-only
#include "bus/gate.hpp"

#include "bus/authority.hpp"
#include "bus/privilege.hpp"

#include <systemd/sd-bus.h>

#include <string>
#include <string_view>

namespace mitosis::bus {

AdmissionRequest Gate::describe(std::string_view member) const
{
    sd_bus_message *call = sd_bus_get_current_message(bus_);
    const char *sender = sd_bus_message_get_sender(call);
    return {.rule = find_rule("org.scx.Mitosis", member),
            .sender = sender != nullptr ? sender : "",
            .interactive = sd_bus_message_get_allow_interactive_authorization(call) > 0};
}

Gate::FaultReport Gate::reporter_of(std::string_view member) const
{
    return [report = report_, member = std::string(member)](const std::string &fault) {
        report(member + ": " + fault);
    };
}

} // namespace mitosis::bus
