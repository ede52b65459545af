// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/notify.hpp"

#include "core/cell_table.hpp"

#include <systemd/sd-daemon.h>

#include <chrono>
#include <format>
#include <string>

namespace mitosis::daemon {
namespace {

constexpr std::chrono::seconds status_pause{5};

void send(const std::string &message)
{
    // Whether the service manager listens changes nothing for us.
    (void)::sd_notify(0, message.c_str());
}

} // namespace

void Notifier::ready(const std::string &status, Clock::time_point now)
{
    send("READY=1\nSTATUS=" + status);
    shown_ = status;
    shown_at_ = now;
}

void Notifier::reloading(Clock::time_point now)
{
    const auto since_boot =
        std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
    send(std::format("RELOADING=1\nMONOTONIC_USEC={}", since_boot.count()));
}

void Notifier::stopping()
{
    send("STOPPING=1\nSTATUS=Giving the CPUs back to the kernel's scheduler");
}

void Notifier::leaving()
{
    send("STOPPING=1\nSTATUS=Leaving the scheduler to the next start");
}

void Notifier::store(const std::string &name, int fd)
{
    // Without FDPOLL=0 the manager drops what it cannot poll, among that the maps of BPF programs.
    (void)::sd_pid_notify_with_fds(0, 0, ("FDSTORE=1\nFDPOLL=0\nFDNAME=" + name).c_str(), &fd, 1);
}

void Notifier::remove(const std::string &name)
{
    send("FDSTOREREMOVE=1\nFDNAME=" + name);
}

void Notifier::extend_timeout(std::chrono::microseconds more)
{
    send(std::format("EXTEND_TIMEOUT_USEC={}", more.count()));
}

void Notifier::status(const std::string &status, Clock::time_point now)
{
    if (status == shown_ || (shown_at_ && now - *shown_at_ < status_pause))
        return;
    send("STATUS=" + status);
    shown_ = status;
    shown_at_ = now;
}

} // namespace mitosis::daemon
