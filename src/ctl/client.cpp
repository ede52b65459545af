// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/client.hpp"

#include "ctl/failure.hpp"
#include "ctl/manager_proxy.hpp"
#include "ctl/read_properties.hpp"
#include "ctl/snapshot.hpp"

#include <org.scx.Mitosis.Cell.proxy.hpp>
#include <org.scx.Mitosis.CellMetrics.proxy.hpp>
#include <org.scx.Mitosis.proxy.hpp>
#include <sdbus-c++/Error.h>
#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/IProxy.h>
#include <sdbus-c++/Message.h>
#include <sdbus-c++/Types.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <format>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mitosis::ctl {

namespace {

/// Runs the call; what it throws becomes the Failure.
template <class Call> auto answered(Call &&call) -> Answer<decltype(call())>
{
    try {
        return std::forward<Call>(call)();
    } catch (const sdbus::Error &error) {
        return std::unexpected(to_failure(error.getName(), error.getMessage()));
    }
}

template <class Proxy, class Interfaces> BusProperties properties_of(const Interfaces &interfaces)
{
    return BusProperties(interfaces.at(sdbus::InterfaceName(Proxy::INTERFACE_NAME)));
}

std::vector<CellSnapshot> read_all_cells(ManagerProxy &manager)
{
    std::vector<CellSnapshot> cells;
    for (const auto &[path, interfaces] : manager.GetManagedObjects()) {
        CellSnapshot cell;
        read_cell(cell, properties_of<org::scx::Mitosis::Cell_proxy>(interfaces));
        read_cell_metrics(cell, properties_of<org::scx::Mitosis::CellMetrics_proxy>(interfaces));
        cells.push_back(std::move(cell));
    }
    std::ranges::sort(cells, {}, &CellSnapshot::id);
    return cells;
}

std::string read_to_end(const sdbus::UnixFd &fd)
{
    std::string text;
    std::array<char, 65'536> buffer{};
    for (ssize_t bytes = 0; (bytes = ::read(fd.get(), buffer.data(), buffer.size())) > 0;)
        text.append(buffer.data(), static_cast<std::size_t>(bytes));
    return text;
}

/// A little more than the service gives a person to answer.
constexpr std::uint64_t person_patience_us = 360'000'000;

struct Unref {
    void operator()(sd_bus *bus) const { sd_bus_flush_close_unref(bus); }
};

/// sdbus-c++ has no word for it, so the connection is made without its help.
std::unique_ptr<sdbus::IConnection> connect(Prompt prompt)
{
    sd_bus *opened = nullptr;
    int r = sd_bus_open_system(&opened);
    std::unique_ptr<sd_bus, Unref> bus(opened);
    if (prompt == Prompt::allowed) {
        r = r < 0 ? r : sd_bus_set_allow_interactive_authorization(bus.get(), 1);
        r = r < 0 ? r : sd_bus_set_method_call_timeout(bus.get(), person_patience_us);
    }
    if (r < 0)
        throw sdbus::createError(-r, "open it");
    return sdbus::createBusConnection(bus.release());
}

constexpr const char *bus_driver = "org.freedesktop.DBus";
constexpr const char *service_name = "org.scx.Mitosis";
constexpr const char *no_such_service = "org.freedesktop.DBus.Error.ServiceUnknown";

bool is_present(sdbus::IConnection &connection)
{
    bool present = false;
    sdbus::createProxy(connection, sdbus::ServiceName(bus_driver),
                       sdbus::ObjectPath("/org/freedesktop/DBus"))
        ->callMethod("NameHasOwner")
        .onInterface(bus_driver)
        .withArguments(std::string(service_name))
        .storeResultsTo(present);
    return present;
}

/// What the bus says of the owner of the service's name.
Happening to_presence(sdbus::Message &message)
{
    std::string name;
    std::string before;
    std::string now;
    message >> name >> before >> now;
    Happening happening;
    happening.kind = now.empty() ? Happening::Kind::service_gone : Happening::Kind::service_came;
    return happening;
}

sdbus::Slot watch_presence(sdbus::IConnection &connection, const ManagerProxy::Observer &observer)
{
    return connection.addMatch(
        std::format("type='signal',sender='{0}',interface='{0}',member='NameOwnerChanged',"
                    "arg0='{1}'",
                    bus_driver, service_name),
        [observer](sdbus::Message message) { observer(to_presence(message)); }, sdbus::return_slot);
}

std::uint32_t id_in(std::string_view object)
{
    return static_cast<std::uint32_t>(
        std::stoul(std::string(object.substr(object.rfind('/') + 1))));
}

} // namespace

Client::Client(std::unique_ptr<sdbus::IConnection> connection)
    : connection_(std::move(connection)), manager_(std::make_unique<ManagerProxy>(*connection_))
{
}
Client::~Client() = default;
Client::Client(Client &&) noexcept = default;
Client &Client::operator=(Client &&) noexcept = default;

Answer<Client> Client::open(Prompt prompt)
{
    try {
        return Client(connect(prompt));
    } catch (const sdbus::Error &error) {
        return std::unexpected(Failure{ExitStatus::failure,
                                       "cannot connect to the system bus: " + error.getMessage()});
    }
}

Answer<ServiceSnapshot> Client::read_service()
{
    return answered([this] {
        return to_service(
            BusProperties(manager_->GetAll(ManagerProxy::Mitosis_proxy::INTERFACE_NAME)));
    });
}

Answer<std::vector<CellSnapshot>> Client::read_cells()
{
    return answered([this] { return read_all_cells(*manager_); });
}

Answer<std::uint32_t> Client::find_cell_of_cgroup(const std::string &cgroup)
{
    return answered([&] { return id_in(manager_->GetCellByCGroup(cgroup)); });
}

Answer<RebalanceResult> Client::rebalance(DryRun dry_run, Force force)
{
    return answered([&] {
        const auto [generation, changes] =
            manager_->Rebalance({{"DryRun", sdbus::Variant(dry_run == DryRun::yes)},
                                 {"Force", sdbus::Variant(force == Force::yes)},
                                 {"Reason", sdbus::Variant(std::string("mitosisctl"))}});
        return RebalanceResult{.generation = generation, .changes = to_changes(changes)};
    });
}

Answer<ConfigResult> Client::reload()
{
    return answered([this] {
        auto [generation, changed] = manager_->Reload();
        return ConfigResult{.generation = generation, .changed = std::move(changed)};
    });
}

Answer<ConfigResult> Client::reconfigure(const Reconfiguration &wanted)
{
    constexpr std::uint64_t dry_run_flag = 1;
    constexpr std::uint64_t reattach_flag = 2;
    std::map<std::string, sdbus::Variant> settings;
    for (const auto &[name, value] : wanted.settings)
        settings[name] = std::visit([](const auto &typed) { return sdbus::Variant(typed); }, value);
    const std::uint64_t flags = (wanted.dry_run == DryRun::yes ? dry_run_flag : 0) |
                                (wanted.reattach == Reattach::allowed ? reattach_flag : 0);
    return answered([&] {
        auto [generation, changed, changes] =
            manager_->Reconfigure(settings, wanted.if_generation, flags);
        return ConfigResult{.generation = generation,
                            .changed = std::move(changed),
                            .changes = to_changes(changes)};
    });
}

Answer<ConfigResult> Client::reset(const std::vector<std::string> &names)
{
    auto before = read_service();
    if (!before)
        return std::unexpected(before.error());
    return answered([&] {
        const std::uint64_t generation = manager_->ResetConfiguration(names);
        std::vector<std::string> dropped = std::move(before->runtime_overrides);
        if (!names.empty())
            std::erase_if(dropped, [&](const std::string &name) {
                return !std::ranges::contains(names, name);
            });
        return ConfigResult{.generation = generation, .changed = std::move(dropped)};
    });
}

Answer<std::string> Client::dump()
{
    return answered([this] { return read_to_end(manager_->DumpByFileDescriptor()); });
}

Answer<void> Client::watch(const std::function<Watching(const Happening &)> &observer)
{
    try {
        Watching watching = Watching::on; // one signal may be many happenings
        const auto tell = [&](const Happening &happening) {
            if (watching == Watching::on)
                watching = observer(happening);
            if (watching == Watching::done)
                connection_->leaveEventLoop();
        };
        const sdbus::Slot presence = watch_presence(*connection_, tell);
        const ManagerProxy listening(*connection_, tell);
        if (!is_present(*connection_))
            return std::unexpected(to_failure(no_such_service, ""));
        connection_->enterEventLoop();
        return {};
    } catch (const sdbus::Error &error) {
        return std::unexpected(to_failure(error.getName(), error.getMessage()));
    }
}

} // namespace mitosis::ctl
