// SPDX-License-Identifier: GPL-2.0-only
#include "dbus/bus_daemon.hpp"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h> // NOLINT(modernize-deprecated-headers): setenv() is POSIX
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::test {

namespace {

constexpr const char *journal = "/run/systemd/journal/socket";

/// A socket of this type at this path; for as long as the process lives.
int bind_socket(const std::string &path, int type)
{
    const int fd = ::socket(AF_UNIX, type, 0); // inherited by what is executed next
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, static_cast<char *>(address.sun_path));
    // NOLINTNEXTLINE(bugprone-casting-through-void): the socket interface is made this way
    const auto *const raw = static_cast<const sockaddr *>(static_cast<const void *>(&address));
    if (fd < 0 || ::bind(fd, raw, sizeof address) != 0)
        die("cannot bind " + path);
    return fd;
}

/// dbus-broker's launcher insists on a journal and a machine id. Where there are none, as in a
/// build root, it gets its own view of the machine that has them.
void provide_journal_and_machine_id()
{
    if (std::filesystem::exists(journal))
        return;
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/run", "tmpfs", 0, nullptr) != 0)
        die("cannot mount /run");
    std::ofstream("/run/machine-id") << "0123456789abcdef0123456789abcdef\n";
    if (::mount("/run/machine-id", "/etc/machine-id", nullptr, MS_BIND, nullptr) != 0)
        die("cannot mount /etc/machine-id");
    std::filesystem::create_directories(std::filesystem::path(journal).parent_path());
    (void)bind_socket(journal, SOCK_DGRAM);
}

/// The launcher takes a listening socket as systemd passes it, and connects to its own bus.
[[noreturn]] void become_broker(const std::filesystem::path &folder, int ready)
{
    constexpr int first_passed = 3; // SD_LISTEN_FDS_START
    const std::string path = (folder / "bus").string();
    provide_journal_and_machine_id();
    const int listening = bind_socket(path, SOCK_STREAM);
    if (::chmod(path.c_str(), 0666) != 0 || ::listen(listening, SOMAXCONN) != 0 ||
        ::write(ready, "\n", 1) != 1)
        die("cannot listen at " + path);
    ::close(ready);
    if (listening != first_passed)
        ::dup2(listening, first_passed);
    ::setenv("LISTEN_FDS", "1", 1);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + path).c_str(), 1);
    exec({"dbus-broker-launch", "--scope", "system", "--config-file",
          (folder / "bus.conf").string()});
}

} // namespace

void die(const std::string &why)
{
    std::cerr << why << '\n';
    std::abort();
}

void exec(const std::vector<std::string> &command)
{
    std::vector<char *> argv;
    for (const std::string &word : command)
        argv.push_back(const_cast<char *>(word.c_str())); // NOLINT: execvp's old signature
    argv.push_back(nullptr);
    ::execvp(argv.front(), argv.data());
    ::_exit(127);
}

void become_bus(const std::filesystem::path &folder, int ready)
{
    ::setpgid(0, 0); // so that it is ended and stopped together with what it starts
    ::dup2(::open((folder / "log").c_str(), O_CREAT | O_APPEND | O_WRONLY, 0644), 2);
    const char *chosen = std::getenv("MITOSIS_BUS_DAEMON");
    if (chosen != nullptr && std::string_view(chosen) == "dbus-broker")
        become_broker(folder, ready);
    exec({"dbus-daemon", "--nofork", "--nopidfile",
          "--config-file=" + (folder / "bus.conf").string(),
          "--print-address=" + std::to_string(ready)});
}

} // namespace mitosis::test
