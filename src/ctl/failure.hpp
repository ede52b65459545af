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

/// Of a service that is not on the bus, what the kernel shows all the same: `attached` is the name
/// of the scheduler that it runs, "" for its own. Other failures stay as they are.
[[nodiscard]] Failure with_kernel_view(Failure failure, std::string_view attached);

} // namespace mitosis::ctl
