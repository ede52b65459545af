// SPDX-License-Identifier: GPL-2.0-only
// Errors as callers on the bus see them: a name they can act on and a sentence for people. Control
// characters that came from a caller or a file never reach the message.
#pragma once

#include "core/error.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sdbus {
class Error;
}

namespace mitosis::bus {

struct BusError {
    std::string name; // "org.scx.Mitosis.Error.NoSuchCell"
    std::string message;
};

/// The names of our own, without "org.scx.Mitosis.Error.": all that a message may have.
[[nodiscard]] std::span<const std::string_view> own_errors();

enum class Operation { rebalance, configure };

/// A Refusal has the error of its name and its sentence as the message. ENOTCONN, ENODEV:
/// NotAttached. A failed roll back: RollbackFailed. EINVAL and ERANGE of a changed
/// configuration: InvalidSetting. Else ApplyFailed.
[[nodiscard]] BusError to_bus_error(const Error &error, Operation operation);

[[nodiscard]] BusError access_denied(std::string_view member, std::string_view reason);
/// The caller might be let in if a person could be asked.
[[nodiscard]] BusError interaction_required(std::string_view member);
[[nodiscard]] BusError limits_exceeded(std::string message);
[[nodiscard]] BusError invalid_argument(std::string message);
[[nodiscard]] BusError no_such_cell(std::string message);
[[nodiscard]] BusError not_supported(std::string message);
/// Something that has no name of its own went wrong inside.
[[nodiscard]] BusError failed(const Error &error);
[[nodiscard]] BusError failed(std::string_view fault);
[[nodiscard]] BusError rate_limited(std::chrono::microseconds retry);

/// How sdbus-c++ wants it: to be thrown out of a handler.
[[nodiscard]] sdbus::Error to_sdbus(const BusError &error);

/// Printable ASCII as it is, every other byte as '?'; at most `max_bytes`.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_bytes = 1024);

} // namespace mitosis::bus
