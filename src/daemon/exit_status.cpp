// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/exit_status.hpp"

#include "core/error.hpp"
#include "core/refusal.hpp"
#include "core/status.hpp"

#include <cstdint>
#include <string>
#include <system_error>

namespace mitosis::daemon {
namespace {

// enum scx_exit_kind and enum scx_exit_code of the kernel.
constexpr std::uint32_t exit_sysrq = 67;
constexpr std::uint32_t exit_error = 1024; // and above
constexpr std::uint32_t exit_error_stall = 1026;
constexpr std::uint64_t reason_hotplug = 1ULL << 32U;
constexpr std::uint64_t act_restart = 1ULL << 48U;

bool has_flag(const ExitInfo &exit, std::uint64_t flag)
{
    return exit.kind < exit_error && (static_cast<std::uint64_t>(exit.code) & flag) != 0;
}

} // namespace

ExitStatus status_of_failed_attach(const Error &error)
{
    if (error.code == Refusal::invalid_setting)
        return ExitStatus::config;
    if (error.code == std::errc::operation_not_permitted ||
        error.code == std::errc::permission_denied)
        return ExitStatus::not_permitted;
    if (error.code == std::errc::operation_canceled) // the kernel ended it at once
        return ExitStatus::ejected;
    if (error.code == std::errc::device_or_resource_busy ||
        error.code == std::errc::no_such_file_or_directory ||
        error.code == std::errc::operation_not_supported)
        return ExitStatus::unavailable;
    return ExitStatus::internal;
}

ExitStatus status_of_exit(const ExitInfo &exit)
{
    return exit.kind == exit_sysrq ? ExitStatus::sysrq : ExitStatus::ejected;
}

bool asks_for_restart(const ExitInfo &exit)
{
    return has_flag(exit, act_restart);
}

std::string reason_token(const ExitInfo &exit)
{
    if (exit.kind == exit_sysrq)
        return "sysrq";
    if (exit.kind == exit_error_stall)
        return "kernel-stall";
    if (exit.kind >= exit_error)
        return "kernel-error";
    return has_flag(exit, reason_hotplug) ? "hotplug" : "unregistered";
}

} // namespace mitosis::daemon
