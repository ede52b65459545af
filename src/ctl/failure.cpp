// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/failure.hpp"

#include <string>
#include <string_view>

namespace mitosis::ctl {

Failure to_failure(std::string_view name, std::string_view message)
{
    constexpr std::string_view standard = "org.freedesktop.DBus.Error.";
    const auto is = [&](std::string_view error) {
        return name == std::string(standard) + std::string(error);
    };
    if (is("ServiceUnknown") || is("NameHasNoOwner"))
        return {ExitStatus::not_running,
                "scx-mitosis.service is not running; start it with: systemctl start scx-mitosis"};
    if (is("AccessDenied") || is("InteractiveAuthorizationRequired"))
        return {ExitStatus::denied, "permission denied; run it as root: " + std::string(message)};
    if (is("NoReply") || is("Timeout"))
        return {ExitStatus::failure,
                "scx-mitosis.service does not answer; see: journalctl -u scx-mitosis"};
    return {ExitStatus::failure, std::string(message) + " (" + std::string(name) + ")"};
}

} // namespace mitosis::ctl
