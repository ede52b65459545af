// SPDX-License-Identifier: GPL-2.0-only
// PrivateBus: a message bus of our own, configured like a system bus and with the shipped policy
// file. It can be killed and started again at the same address.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace mitosis::test {

class PrivateBus {
public:
    PrivateBus();
    ~PrivateBus();
    PrivateBus(const PrivateBus &) = delete;
    PrivateBus &operator=(const PrivateBus &) = delete;

    [[nodiscard]] std::string address() const;
    /// Returns when the daemon accepts connections.
    void start();
    void kill();
    /// Stops it where it stands, without closing anything, until released.
    void freeze() const;
    void thaw() const;

    /// A copy of the program that every user can reach.
    [[nodiscard]] std::string publish(const std::string &program) const;

private:
    void write_config() const;

    std::filesystem::path folder_;
    pid_t daemon_ = -1;
};

struct ProgramResult {
    int exit_status = -1;
    std::string output; // stdout
    std::string errors; // stderr
};

/// Runs the program with $DBUS_SYSTEM_BUS_ADDRESS set, as the calling user, and waits for its end.
[[nodiscard]] ProgramResult run(const PrivateBus &bus, std::vector<std::string> command);
/// The same as user nobody.
[[nodiscard]] ProgramResult run_as_nobody(const PrivateBus &bus, std::vector<std::string> command);

} // namespace mitosis::test
