// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/manager_proxy.hpp"

#include "ctl/read_properties.hpp"
#include "ctl/snapshot.hpp"

#include <org.scx.Mitosis.Cell.proxy.hpp>
#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/Types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::ctl {

namespace {

template <class T> void take(std::optional<PropertyChange::Value> &to, const sdbus::Variant &value)
{
    if (value.containsValueOfType<T>())
        to = value.get<T>();
}

/// Of what is made of several values it is enough to know that it changed.
PropertyChange to_change(const std::string &name, const sdbus::Variant &value)
{
    PropertyChange change{.name = name, .value = {}};
    take<std::string>(change.value, value);
    take<std::uint64_t>(change.value, value);
    take<std::vector<std::string>>(change.value, value);
    take<Cpus>(change.value, value);
    if (value.containsValueOfType<std::uint32_t>())
        change.value = std::uint64_t{value.get<std::uint32_t>()};
    return change;
}

Happening a_happening(Happening::Kind kind, const std::string &cause = "")
{
    Happening happening;
    happening.kind = kind;
    happening.cause = cause;
    return happening;
}

} // namespace

std::vector<CellChange> to_changes(const BusChanges &changes)
{
    std::vector<CellChange> result;
    result.reserve(changes.size());
    for (const auto &change : changes)
        result.push_back({change.get<0>(), change.get<1>(), change.get<2>()});
    return result;
}

ManagerProxy::ManagerProxy(sdbus::IConnection &connection, Observer observer)
    : ProxyInterfaces(connection, sdbus::ServiceName("org.scx.Mitosis"),
                      sdbus::ObjectPath("/org/scx/Mitosis")),
      observer_(std::move(observer))
{
    if (observer_)
        registerProxy();
}

ManagerProxy::~ManagerProxy()
{
    if (observer_)
        unregisterProxy();
}

void ManagerProxy::onRebalanced(const std::uint64_t &generation, const std::string &trigger,
                                const BusChanges &changes)
{
    Happening happening = a_happening(Happening::Kind::rebalanced, trigger);
    happening.generation = generation;
    happening.changes = to_changes(changes);
    observer_(happening);
}

void ManagerProxy::onReconfigured(const std::uint64_t &generation, const std::string &origin,
                                  const std::vector<std::string> &changed)
{
    Happening happening = a_happening(Happening::Kind::reconfigured, origin);
    happening.generation = generation;
    happening.names = changed;
    observer_(happening);
}

void ManagerProxy::onSchedulerExited(const std::uint32_t &kind, const std::int64_t &code,
                                     const std::string &reason, const std::string &message)
{
    Happening happening = a_happening(Happening::Kind::exited, reason);
    happening.exit.kind = kind;
    happening.exit.code = code;
    happening.exit.reason = reason;
    happening.exit.message = message;
    observer_(happening);
}

void ManagerProxy::onSchedulerEvents(const BusEvents &events, const std::uint64_t &left_out)
{
    if (left_out != 0) { // these were before most of the others
        Happening happening = a_happening(Happening::Kind::events_left_out);
        happening.left_out = left_out;
        observer_(happening);
    }
    for (const auto &event : events) {
        Happening happening = a_happening(Happening::Kind::scheduler_event);
        happening.event = {.monotonic_us = event.get<0>(),
                           .kind = event.get<1>(),
                           .pid = event.get<2>(),
                           .cgroup_id = event.get<3>(),
                           .cell = event.get<4>(),
                           .cpu = event.get<5>()};
        observer_(happening);
    }
}

void ManagerProxy::onPropertiesChanged(const sdbus::InterfaceName & /*interface*/,
                                       const Properties &changed,
                                       const std::vector<sdbus::PropertyName> &invalidated)
{
    Happening happening = a_happening(Happening::Kind::changed);
    for (const auto &[name, value] : changed)
        happening.properties.push_back(to_change(name, value));
    for (const auto &name : invalidated)
        happening.properties.push_back({.name = name, .value = {}});
    observer_(happening);
}

void ManagerProxy::onInterfacesAdded(const sdbus::ObjectPath &path,
                                     const std::map<sdbus::InterfaceName, Properties> &interfaces)
{
    Happening happening = a_happening(Happening::Kind::cell_added);
    happening.object = path;
    const auto cell =
        interfaces.find(sdbus::InterfaceName(org::scx::Mitosis::Cell_proxy::INTERFACE_NAME));
    if (cell == interfaces.end())
        return;
    // Not all are there: the signal leaves out those that are only invalidated when they change.
    const BusProperties properties(cell->second);
    CellChange &owned = happening.changes.emplace_back();
    properties.read(owned.cell, "Id");
    properties.read(owned.gained, "Cpus");
    properties.read(happening.cause, "CGroup");
    observer_(happening);
}

void ManagerProxy::onInterfacesRemoved(const sdbus::ObjectPath &path,
                                       const std::vector<sdbus::InterfaceName> & /*interfaces*/)
{
    Happening happening = a_happening(Happening::Kind::cell_removed);
    happening.object = path;
    observer_(happening);
}

} // namespace mitosis::ctl
