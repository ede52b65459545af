// SPDX-License-Identifier: GPL-2.0-only
#include "bus/errors.hpp"

#include "core/error.hpp"
#include "core/refusal.hpp"

#include <sdbus-c++/Error.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <format>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace mitosis::bus {

namespace {

constexpr std::array<std::string_view, 15> own_names{
    "NotAttached",      "InvalidSetting",   "UnknownSetting", "ReadOnlySetting",   "ConfigConflict",
    "ReattachRequired", "InsufficientCpus", "TooManyCells",   "RebalanceHeldBack", "NoSuchCell",
    "NoSuchProcess",    "RateLimited",      "ApplyFailed",    "RollbackFailed",    "Failed"};

std::string own_name(std::string_view error)
{
    assert(std::ranges::contains(own_names, error));
    return "org.scx.Mitosis.Error." + std::string(error);
}

std::string standard_name(std::string_view error)
{
    return "org.freedesktop.DBus.Error." + std::string(error);
}

std::string_view error_of_code(std::error_code code, Operation operation)
{
    if (code == std::errc::not_connected || code == std::errc::no_such_device)
        return "NotAttached";
    if (operation == Operation::rebalance)
        return "ApplyFailed";
    const bool invalid =
        code == std::errc::invalid_argument || code == std::errc::result_out_of_range;
    return invalid ? "InvalidSetting" : "ApplyFailed";
}

std::string_view name_of(Refusal refusal)
{
    switch (refusal) {
    case Refusal::unknown_setting:
        return "UnknownSetting";
    case Refusal::invalid_setting:
        return "InvalidSetting";
    case Refusal::read_only_setting:
        return "ReadOnlySetting";
    case Refusal::config_conflict:
        return "ConfigConflict";
    case Refusal::reattach_required:
        return "ReattachRequired";
    case Refusal::insufficient_cpus:
        return "InsufficientCpus";
    case Refusal::too_many_cells:
        return "TooManyCells";
    case Refusal::reattached_too_soon:
        return "RateLimited";
    case Refusal::no_such_process:
        return "NoSuchProcess";
    case Refusal::rebalance_held_back:
        return "RebalanceHeldBack";
    }
    std::unreachable();
}

} // namespace

std::span<const std::string_view> own_errors()
{
    return own_names;
}

std::string printable(std::string_view text, std::size_t max_bytes)
{
    std::string shown(text.substr(0, max_bytes));
    std::ranges::replace_if(shown, [](char byte) { return byte < ' ' || byte > '~'; }, '?');
    return shown;
}

BusError to_bus_error(const Error &error, Operation operation)
{
    if (error.code.category() == refusal_category())
        return {own_name(name_of(static_cast<Refusal>(error.code.value()))),
                printable(error.context, 4096)};
    const std::string_view name = error.context.contains("roll back")
                                      ? std::string_view("RollbackFailed")
                                      : error_of_code(error.code, operation);
    return {own_name(name), printable(to_string(error))};
}

BusError access_denied(std::string_view member, std::string_view reason)
{
    return {standard_name("AccessDenied"), std::format("{}: {}", member, reason)};
}

BusError interaction_required(std::string_view member)
{
    return {standard_name("InteractiveAuthorizationRequired"),
            std::string(member) +
                ": polkit would have to ask somebody, which the call did not allow"};
}

BusError limits_exceeded(std::string message)
{
    return {standard_name("LimitsExceeded"), std::move(message)};
}

BusError invalid_argument(std::string message)
{
    return {standard_name("InvalidArgs"), std::move(message)};
}

BusError no_such_cell(std::string message)
{
    return {own_name("NoSuchCell"), std::move(message)};
}

BusError not_supported(std::string message)
{
    return {standard_name("NotSupported"), std::move(message)};
}

BusError failed(const Error &error)
{
    return failed(to_string(error));
}

BusError failed(std::string_view fault)
{
    return {own_name("Failed"), printable(fault)};
}

BusError rate_limited(std::chrono::microseconds retry)
{
    return {own_name("RateLimited"), "asked too often, " + retry_in(retry)};
}

sdbus::Error to_sdbus(const BusError &error)
{
    return {sdbus::Error::Name(error.name), error.message};
}

} // namespace mitosis::bus
