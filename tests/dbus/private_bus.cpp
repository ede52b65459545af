// SPDX-License-Identifier: GPL-2.0-only
#include "dbus/private_bus.hpp"

#include "dbus/bus_daemon.hpp"

#include "support/interface_members.hpp"

#include <fcntl.h>
#include <signal.h> // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <stdlib.h> // NOLINT(modernize-deprecated-headers): mkdtemp() is POSIX
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::test {

namespace {

// The rules of Debian's system.conf and of polkit, without the service's own.
constexpr const char *config_head = R"(<busconfig>
  <type>system</type>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
    <allow send_destination="org.freedesktop.PolicyKit1"/>
  </policy>
  <policy user="root">
    <allow own="org.freedesktop.PolicyKit1"/>
  </policy>
)";

std::string read_all(int fd)
{
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t bytes = ::read(fd, buffer.data(), buffer.size());
        if (bytes <= 0)
            return text;
        text.append(buffer.data(), static_cast<std::size_t>(bytes));
    }
}

} // namespace

PrivateBus::PrivateBus()
{
    std::string name = (std::filesystem::temp_directory_path() / "mitosis-bus-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        die("cannot make " + name);
    folder_ = name;
    std::filesystem::permissions(folder_, std::filesystem::perms(0755)); // nobody connects, too
    write_config();
    start();
}

PrivateBus::~PrivateBus()
{
    kill();
    std::filesystem::remove_all(folder_);
}

std::string PrivateBus::address() const
{
    return "unix:path=" + (folder_ / "bus").string();
}

std::string PrivateBus::publish(const std::string &program) const
{
    const auto copy = folder_ / std::filesystem::path(program).filename();
    std::filesystem::copy_file(program, copy);
    return copy.string();
}

void PrivateBus::write_config() const
{
    std::ofstream config(folder_ / "bus.conf");
    config << config_head << "  <listen>" << address() << "</listen>\n  <include>"
           << required_env("MITOSIS_BUS_POLICY") << "</include>\n</busconfig>\n";
}

void PrivateBus::start()
{
    std::filesystem::remove(folder_ / "bus");
    std::array<int, 2> ready{}; // the daemon writes its address there once it listens
    if (::pipe2(ready.data(), 0) != 0)
        die("no pipe");
    daemon_ = ::fork();
    if (daemon_ == 0) {
        ::close(ready[0]);
        become_bus(folder_, ready[1]);
    }
    ::close(ready[1]);
    std::array<char, 1> byte{};
    if (::read(ready[0], byte.data(), 1) != 1)
        die("the bus did not start: " + read_text(folder_ / "log"));
    ::close(ready[0]);
}

void PrivateBus::kill()
{
    if (daemon_ < 0)
        return;
    ::kill(-daemon_, SIGKILL); // the whole group
    ::waitpid(daemon_, nullptr, 0);
    daemon_ = -1;
}

void PrivateBus::freeze() const
{
    ::kill(-daemon_, SIGSTOP);
    ::waitpid(daemon_, nullptr, WUNTRACED);
}

void PrivateBus::thaw() const
{
    ::kill(-daemon_, SIGCONT);
}

ProgramResult run(const PrivateBus &bus, std::vector<std::string> command)
{
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0)
        die("no pipe");
    command.insert(command.begin(), {"env", "DBUS_SYSTEM_BUS_ADDRESS=" + bus.address()});
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(out[1], 1);
        ::dup2(err[1], 2);
        exec(command);
    }
    ::close(out[1]);
    ::close(err[1]);
    ProgramResult result;
    result.output = read_all(out[0]);
    result.errors = read_all(err[0]);
    ::close(out[0]);
    ::close(err[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    result.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return result;
}

ProgramResult run_as_nobody(const PrivateBus &bus, std::vector<std::string> command)
{
    command.insert(command.begin(),
                   {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
    return run(bus, std::move(command));
}

} // namespace mitosis::test
