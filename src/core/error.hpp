// SPDX-License-Identifier: GPL-2.0-only
// How failure travels: an environment failure is an Error carried in a Result, forwarded unchanged
// with context added by each level that knows more. Bugs assert; expected outcomes are in the type.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace mitosis {

struct Error {
    std::error_code code;
    std::string context; // "apply cells: run apply_config", outermost first
};

template <class T> using Result = std::expected<T, Error>;

/// The error of a failed system or libbpf call; `errnum` is a positive errno value.
[[nodiscard]] inline std::unexpected<Error> fail(int errnum, std::string context)
{
    return std::unexpected(
        Error{std::error_code(errnum, std::generic_category()), std::move(context)});
}

/// Prefixes what the caller was doing.
[[nodiscard]] inline std::unexpected<Error> with_context(Error error, std::string_view doing)
{
    error.context = std::string(doing) + ": " + error.context;
    return std::unexpected(std::move(error));
}

/// "context: message of the code", as shown to people.
[[nodiscard]] inline std::string to_string(const Error &error)
{
    return error.context + ": " + error.code.message();
}

} // namespace mitosis
