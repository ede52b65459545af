// SPDX-License-Identifier: GPL-2.0-only
// ManagerProxy: the generated proxies of /org/scx/Mitosis, with every signal turned into a value.
#pragma once

#include "ctl/snapshot.hpp"

#include <org.scx.Mitosis.proxy.hpp>
#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/ProxyInterfaces.h>
#include <sdbus-c++/StandardInterfaces.h>
#include <sdbus-c++/Types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mitosis::ctl {

using BusChanges = std::vector<
    sdbus::Struct<std::uint32_t, std::vector<std::uint32_t>, std::vector<std::uint32_t>>>;

using BusEvents = std::vector<sdbus::Struct<std::uint64_t, std::string, std::uint32_t,
                                            std::uint64_t, std::uint32_t, std::uint32_t>>;

[[nodiscard]] std::vector<CellChange> to_changes(const BusChanges &changes);

class ManagerProxy final
    : public sdbus::ProxyInterfaces<org::scx::Mitosis_proxy, sdbus::Properties_proxy,
                                    sdbus::ObjectManager_proxy> {
public:
    using Observer = std::function<void(const Happening &)>;

    /// `connection` outlives the proxy. With an observer its signals are listened to; it is called
    /// from the connection's event loop.
    explicit ManagerProxy(sdbus::IConnection &connection, Observer observer = {});
    ~ManagerProxy();
    ManagerProxy(const ManagerProxy &) = delete;
    ManagerProxy &operator=(const ManagerProxy &) = delete;

private:
    using Properties = std::map<sdbus::PropertyName, sdbus::Variant>;

    void onRebalanced(const std::uint64_t &generation, const std::string &trigger,
                      const BusChanges &changes) override;
    void onReconfigured(const std::uint64_t &generation, const std::string &origin,
                        const std::vector<std::string> &changed) override;
    void onSchedulerExited(const std::uint32_t &kind, const std::int64_t &code,
                           const std::string &reason, const std::string &message) override;
    void onSchedulerEvents(const BusEvents &events, const std::uint64_t &left_out) override;
    void onPropertiesChanged(const sdbus::InterfaceName &interface, const Properties &changed,
                             const std::vector<sdbus::PropertyName> &invalidated) override;
    void onInterfacesAdded(const sdbus::ObjectPath &path,
                           const std::map<sdbus::InterfaceName, Properties> &interfaces) override;
    void onInterfacesRemoved(const sdbus::ObjectPath &path,
                             const std::vector<sdbus::InterfaceName> &interfaces) override;

    Observer observer_;
};

} // namespace mitosis::ctl
