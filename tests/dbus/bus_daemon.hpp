// SPDX-License-Identifier: GPL-2.0-only
// The message bus programs, run by themselves: for a child between fork and exec.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace mitosis::test {

/// Replaces the process.
[[noreturn]] void exec(const std::vector<std::string> &command);

/// Ends the test program.
[[noreturn]] void die(const std::string &why);

/// Becomes a message bus with the configuration `folder`/bus.conf, listening at `folder`/bus; its
/// log goes to `folder`/log. $MITOSIS_BUS_DAEMON says which one: "dbus-daemon" (also by default) or
/// "dbus-broker". Writes something to `ready` once it can be connected to.
[[noreturn]] void become_bus(const std::filesystem::path &folder, int ready);

} // namespace mitosis::test
