// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/failure.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <string>
#include <string_view>

namespace mitosis::ctl {

namespace {

struct Advice {
    std::string_view error; // without the interface
    std::string_view words;
};

constexpr std::array advices{
    Advice{"NotAttached", "see why: mitosisctl status"},
    Advice{"UnknownSetting", "list them: mitosisctl config --names"},
    Advice{"ReadOnlySetting", "write it into the configuration and: systemctl restart scx-mitosis"},
    Advice{"ConfigConflict", "look at what is in force now: mitosisctl config"},
    Advice{"ReattachRequired", "allow it: --reattach"},
    Advice{"ApplyFailed", "see: journalctl -u scx-mitosis"},
    Advice{"RollbackFailed", "see: journalctl -u scx-mitosis"},
};

std::string advice_on(std::string_view name)
{
    constexpr std::string_view ours = "org.scx.Mitosis.Error.";
    if (!name.starts_with(ours))
        return "";
    const auto *const advice = std::ranges::find(advices, name.substr(ours.size()), &Advice::error);
    return advice == advices.end() ? "" : "; " + std::string(advice->words);
}

} // namespace

Failure to_failure(std::string_view name, std::string_view message)
{
    constexpr std::string_view standard = "org.freedesktop.DBus.Error.";
    const auto is = [&](std::string_view error) {
        return name == std::string(standard) + std::string(error);
    };
    if (is("ServiceUnknown") || is("NameHasNoOwner"))
        return {ExitStatus::not_running,
                "scx-mitosis.service is not running; start it with: systemctl start scx-mitosis"};
    if (is("AccessDenied"))
        return {ExitStatus::denied, "permission denied; run it as root, or let a rule of polkit "
                                    "allow it, see org.scx.Mitosis(5): " +
                                        std::string(message)};
    if (is("InteractiveAuthorizationRequired"))
        return {ExitStatus::denied,
                "permission denied; run it as root, or on a terminal, where polkit can ask: " +
                    std::string(message)};
    if (is("NoReply") || is("Timeout"))
        return {ExitStatus::failure,
                "scx-mitosis.service does not answer; see: journalctl -u scx-mitosis"};
    return {ExitStatus::failure,
            std::string(message) + " (" + std::string(name) + ")" + advice_on(name)};
}

Failure with_kernel_view(Failure failure, std::string_view attached)
{
    if (failure.status != ExitStatus::not_running || attached.empty())
        return failure;
    if (attached.starts_with("mitosis"))
        failure.message = std::format(
            "the kernel runs the scheduler {}, but nobody on the message bus answers for it: it "
            "was "
            "started with --no-dbus, or the service has lost the bus; see: journalctl -u "
            "scx-mitosis",
            attached);
    else
        failure.message += std::format("; but first stop {}, which the kernel runs now", attached);
    return failure;
}

} // namespace mitosis::ctl
