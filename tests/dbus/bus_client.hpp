// SPDX-License-Identifier: GPL-2.0-only
// BusClient: somebody on the bus who calls the service and notes every signal of it, in order.
#pragma once

#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/IProxy.h>
#include <sdbus-c++/Message.h>
#include <sdbus-c++/Types.h>
#include <sys/types.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace mitosis::test {

using PropertyMap = std::map<sdbus::PropertyName, sdbus::Variant>;
using ManagedObjects = std::map<sdbus::ObjectPath, std::map<sdbus::InterfaceName, PropertyMap>>;

using Dict = std::map<std::string, sdbus::Variant>;
/// A cell's id, the CPUs that it gains and those that it loses.
using Shift = sdbus::Struct<std::uint32_t, std::vector<std::uint32_t>, std::vector<std::uint32_t>>;

inline constexpr const char *manager_path = "/org/scx/Mitosis";

class BusClient {
public:
    /// Connects as this user; only root may as another.
    explicit BusClient(const std::string &address, uid_t user = ::geteuid());
    ~BusClient();
    BusClient(const BusClient &) = delete;
    BusClient &operator=(const BusClient &) = delete;

    [[nodiscard]] std::string unique_name() const { return connection_->getUniqueName(); }
    [[nodiscard]] std::unique_ptr<sdbus::IProxy> proxy(const std::string &path);
    [[nodiscard]] PropertyMap properties(const std::string &path, const std::string &interface);
    [[nodiscard]] ManagedObjects managed_objects();
    [[nodiscard]] std::string introspect(const std::string &path);

    /// Signals so far: "InterfacesAdded /org/scx/Mitosis/cell/1",
    /// "PropertiesChanged /org/scx/Mitosis State=running StateReason", "Rebalanced 2 auto
    /// 1:+3:-6,7" (generation, trigger, each cell's gain and loss), "Reconfigured 8 dbus slice-us",
    /// "SchedulerExited 64 0 SysRq: why", "SchedulerEvents 5000:task:77:0:0:3 0" (how many were
    /// left out).
    [[nodiscard]] std::vector<std::string> signals();
    /// Adds a line of the test's own to the signals.
    void note(const std::string &line);
    /// Waits until the first line was noted and the second one later, at most the deadline.
    [[nodiscard]] bool await_in_order(const std::string &first, const std::string &second);
    /// Waits until the signal was noted, at most the deadline; whether it was.
    [[nodiscard]] bool await_signal(const std::string &line);
    /// Waits until a change of the property was signalled, together with others or not.
    [[nodiscard]] bool await_change(const std::string &path, const std::string &property);
    /// Waits until the condition on the noted signals holds, at most the deadline.
    [[nodiscard]] bool
    await(const std::function<bool(const std::vector<std::string> &)> &condition);

private:
    void note_signal(sdbus::Message message);

    std::unique_ptr<sdbus::IConnection> connection_;
    std::mutex mutex_;
    std::condition_variable noted_;
    std::vector<std::string> signals_;
};

/// The name of the D-Bus error that the call ends with; "" when it succeeds.
[[nodiscard]] std::string error_of(const std::function<void()> &call);

} // namespace mitosis::test
