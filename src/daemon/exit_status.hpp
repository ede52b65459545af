// SPDX-License-Identifier: GPL-2.0-only
// The exit statuses of the service, as scx-mitosis(8) documents them, and what an exit of the
// scheduler means.
#pragma once

#include "core/error.hpp"
#include "core/status.hpp"

#include <array>
#include <string>
#include <string_view>

namespace mitosis::daemon {

enum class ExitStatus {
    stopped = 0,
    usage = 64,
    unavailable = 69, // another scheduler is attached, or the kernel has no sched_ext
    internal = 70,
    ejected = 75, // by an error or a stall; worth another try
    not_permitted = 77,
    config = 78,
    sysrq = 79, // an operator's emergency stop: not to be undone
};

/// What a failure to load or attach the scheduler means.
[[nodiscard]] ExitStatus status_of_failed_attach(const Error &error);

/// What an exit of the attached scheduler means. Precondition: exit.kind != 0.
[[nodiscard]] ExitStatus status_of_exit(const ExitInfo &exit);

/// The scheduler wants to be attached anew, for instance after CPUs came or went.
[[nodiscard]] bool asks_for_restart(const ExitInfo &exit);

inline constexpr std::array<std::string_view, 5> reason_tokens{
    "sysrq", "kernel-stall", "kernel-error", "hotplug", "unregistered"};

/// The StateReason token, one of those.
[[nodiscard]] std::string reason_token(const ExitInfo &exit);

} // namespace mitosis::daemon
