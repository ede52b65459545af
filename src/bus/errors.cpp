// SPDX-License-Identifier: GPL-2.0-only
#include "bus/errors.hpp"

#include "core/error.hpp"

#include <sdbus-c++/Error.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace mitosis::bus {

namespace {

std::string own_name(std::string_view error)
{
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
    if (code == std::errc::device_or_resource_busy)
        return "Busy";
    if (operation == Operation::rebalance)
        return "ApplyFailed";
    if (code == std::errc::invalid_argument || code == std::errc::result_out_of_range)
        return "InvalidSetting";
    return code == std::errc::no_such_file_or_directory ? "UnknownSetting" : "ApplyFailed";
}

} // namespace

std::string printable(std::string_view text, std::size_t max_bytes)
{
    std::string shown(text.substr(0, max_bytes));
    std::ranges::replace_if(shown, [](char byte) { return byte < ' ' || byte > '~'; }, '?');
    return shown;
}

BusError to_bus_error(const Error &error, Operation operation)
{
    const std::string_view name = error.context.contains("roll back")
                                      ? std::string_view("RollbackFailed")
                                      : error_of_code(error.code, operation);
    return {own_name(name), printable(to_string(error))};
}

BusError access_denied(std::string_view member)
{
    return {standard_name("AccessDenied"), std::string(member) + " is allowed to root only"};
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

BusError rate_limited(std::chrono::microseconds retry)
{
    return {own_name("RateLimited"),
            "asked too often, retry in " + std::to_string(retry.count()) + " usec"};
}

sdbus::Error to_sdbus(const BusError &error)
{
    return {sdbus::Error::Name(error.name), error.message};
}

} // namespace mitosis::bus
