// SPDX-License-Identifier: GPL-2.0-only
// How a command ends when it does not succeed.
#pragma once

#include <string>
#include <string_view>

namespace mitosis::ctl {

/// The exit statuses of mitosisctl(1).
enum class ExitStatus { success = 0, failure = 1, usage = 2, not_running = 3, denied = 4 };

struct Failure {
    ExitStatus status = ExitStatus::failure;
    std::string message; // says what to do about it, where there is something
};

/// From the name and message of a D-Bus error.
[[nodiscard]] Failure to_failure(std::string_view name, std::string_view message);

} // namespace mitosis::ctl
