// SPDX-License-Identifier: GPL-2.0-only
#include "dbus/bus_client.hpp"

#include "dbus/service_thread.hpp"

#include <sdbus-c++/Error.h>
#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/IProxy.h>
#include <sdbus-c++/Message.h>
#include <sdbus-c++/Types.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <format>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::test {

namespace {

constexpr const char *service_name = "org.scx.Mitosis";

/// "=reloading" of State, likewise of its reason; "=0" of the time of an attachment that is none.
std::string told_value(const std::string &name, const sdbus::Variant &value)
{
    if (name == "State" || name == "StateReason")
        return "=" + value.get<std::string>();
    return name == "AttachTimestamp" && value.get<std::uint64_t>() == 0 ? "=0" : "";
}

/// The names in a PropertiesChanged message, changed ones first, then the invalidated.
std::string changed_names(sdbus::Message &message)
{
    std::string interface;
    std::map<std::string, sdbus::Variant> changed;
    std::vector<std::string> invalidated;
    message >> interface >> changed >> invalidated;
    std::string names;
    for (const auto &[name, value] : changed)
        names += " " + name + told_value(name, value);
    for (const std::string &name : invalidated)
        names += " " + name + "(invalidated)";
    return names;
}

/// Each event as it is on the bus, but for the colons, then how many were left out.
std::string told_events(sdbus::Message &message)
{
    std::vector<sdbus::Struct<std::uint64_t, std::string, std::uint32_t, std::uint64_t,
                              std::uint32_t, std::uint32_t>>
        events;
    std::uint64_t left_out = 0;
    message >> events >> left_out;
    std::string text;
    for (const auto &[at, kind, pid, cgroup, cell, cpu] : events)
        text += std::format(" {}:{}:{}:{}:{}:{}", at, kind, pid, cgroup, cell, cpu);
    return text + " " + std::to_string(left_out);
}

std::string joined(const auto &items)
{
    std::string text;
    for (const auto &item : items)
        text += std::format("{}{}", text.empty() ? "" : ",", item);
    return text;
}

/// " 2 cgroup 1:+3:-6,7": generation, trigger, and of each cell what it gained and lost.
std::string told_rebalance(sdbus::Message &message)
{
    std::uint64_t generation = 0;
    std::string trigger;
    std::vector<Shift> shifts;
    message >> generation >> trigger >> shifts;
    std::string text = std::format(" {} {}", generation, trigger);
    for (const auto &[cell, gained, lost] : shifts)
        text += std::format(" {}:+{}:-{}", cell, joined(gained), joined(lost));
    return text;
}

/// " 8 dbus slice-us,cell-exclude": generation, origin, settings.
std::string told_reconfiguration(sdbus::Message &message)
{
    std::uint64_t generation = 0;
    std::string origin;
    std::vector<std::string> changed;
    message >> generation >> origin >> changed;
    return std::format(" {} {} {}", generation, origin, joined(changed));
}

/// " 64 0 SysRq: message": kind, code, reason, message.
std::string told_exit(sdbus::Message &message)
{
    std::uint32_t kind = 0;
    std::int64_t code = 0;
    std::string reason;
    std::string why;
    message >> kind >> code >> reason >> why;
    return std::format(" {} {} {}: {}", kind, code, reason, why);
}

std::string line_of(sdbus::Message &message)
{
    std::string member = message.getMemberName();
    if (member == "Rebalanced")
        return member + told_rebalance(message);
    if (member == "Reconfigured")
        return member + told_reconfiguration(message);
    if (member == "SchedulerExited")
        return member + told_exit(message);
    if (member == "PropertiesChanged")
        return member + " " + message.getPath() + changed_names(message);
    if (member == "SchedulerEvents")
        return member + told_events(message);
    if (!member.starts_with("Interfaces"))
        return member;
    sdbus::ObjectPath path;
    message >> path;
    return member + " " + path;
}

void set_thread_user(uid_t user)
{
    // Only this thread, which is what the kernel does and glibc's function undoes.
    if (::syscall(SYS_setresuid, -1, user, -1) != 0) {
        std::cerr << "cannot become user " << user << '\n';
        std::abort();
    }
}

/// The thread is another user for the life of this.
class AsUser {
public:
    explicit AsUser(uid_t user) { set_thread_user(user); }
    ~AsUser() { set_thread_user(before_); }
    AsUser(const AsUser &) = delete;
    AsUser &operator=(const AsUser &) = delete;

private:
    uid_t before_ = ::geteuid();
};

/// The bus learns the user from the socket, at the moment of connecting.
std::unique_ptr<sdbus::IConnection> connect_as(const std::string &address, uid_t user)
{
    const AsUser as_user(user);
    return sdbus::createSessionBusConnectionWithAddress(address);
}

} // namespace

BusClient::BusClient(const std::string &address, uid_t user)
    : connection_(connect_as(address, user))
{
    connection_->addMatch("type='signal',sender='org.scx.Mitosis'",
                          [this](sdbus::Message message) { note_signal(std::move(message)); });
    connection_->enterEventLoopAsync();
}

BusClient::~BusClient()
{
    connection_->leaveEventLoop();
}

void BusClient::note_signal(sdbus::Message message)
{
    note(line_of(message));
}

void BusClient::note(const std::string &line)
{
    const std::scoped_lock lock(mutex_);
    signals_.push_back(line);
    noted_.notify_all();
}

std::vector<std::string> BusClient::signals()
{
    const std::scoped_lock lock(mutex_);
    return signals_;
}

bool BusClient::await(const std::function<bool(const std::vector<std::string> &)> &condition)
{
    std::unique_lock lock(mutex_);
    return noted_.wait_for(lock, deadline, [&] { return condition(signals_); });
}

bool BusClient::await_signal(const std::string &line)
{
    return await([&](const auto &lines) { return std::ranges::contains(lines, line); });
}

bool BusClient::await_in_order(const std::string &first, const std::string &second)
{
    return await([&](const auto &lines) {
        return std::find(std::ranges::find(lines, first), lines.end(), second) != lines.end();
    });
}

bool BusClient::await_change(const std::string &path, const std::string &property)
{
    return await([&](const auto &lines) {
        return std::ranges::any_of(lines, [&](const std::string &line) {
            return line.starts_with("PropertiesChanged " + path + " ") &&
                   ((line + " ").contains(" " + property + " ") ||
                    line.contains(" " + property + "="));
        });
    });
}

std::unique_ptr<sdbus::IProxy> BusClient::proxy(const std::string &path)
{
    return sdbus::createProxy(*connection_, sdbus::ServiceName(service_name),
                              sdbus::ObjectPath(path));
}

PropertyMap BusClient::properties(const std::string &path, const std::string &interface)
{
    return proxy(path)->getAllProperties().onInterface(interface);
}

ManagedObjects BusClient::managed_objects()
{
    ManagedObjects objects;
    proxy(manager_path)
        ->callMethod("GetManagedObjects")
        .onInterface("org.freedesktop.DBus.ObjectManager")
        .storeResultsTo(objects);
    return objects;
}

std::string BusClient::introspect(const std::string &path)
{
    std::string xml;
    proxy(path)
        ->callMethod("Introspect")
        .onInterface("org.freedesktop.DBus.Introspectable")
        .storeResultsTo(xml);
    return xml;
}

std::string error_of(const std::function<void()> &call)
{
    try {
        call();
    } catch (const sdbus::Error &error) {
        return error.getName();
    }
    return {};
}

} // namespace mitosis::test
