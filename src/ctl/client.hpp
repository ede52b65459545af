// SPDX-License-Identifier: GPL-2.0-only
// Client: asks the service over the system bus, with the generated proxies, and returns plain
// values. Here ends what sdbus-c++ throws.
#pragma once

#include "ctl/failure.hpp"
#include "ctl/snapshot.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sdbus {
class IConnection;
}

namespace mitosis::ctl {

class ManagerProxy;

template <class T> using Answer = std::expected<T, Failure>;

enum class DryRun { no, yes };
enum class Force { no, yes };
enum class Reattach { refused, allowed };
enum class Watching { on, done };
/// Whether polkit may ask a person before it answers, which the calls then wait for.
enum class Prompt { refused, allowed };

struct Reconfiguration {
    std::map<std::string, ConfigValue> settings;
    std::uint64_t if_generation = 0; // 0: whatever it is
    DryRun dry_run = DryRun::no;
    Reattach reattach = Reattach::refused; // for settings that need it
};

class Client {
public:
    [[nodiscard]] static Answer<Client> open(Prompt prompt = Prompt::refused);
    ~Client();
    Client(Client &&) noexcept;
    Client &operator=(Client &&) noexcept;

    [[nodiscard]] Answer<ServiceSnapshot> read_service();
    /// By id.
    [[nodiscard]] Answer<std::vector<CellSnapshot>> read_cells();
    /// The id of the cell that the tasks of a cgroup run in; the path counts from the cgroup root.
    [[nodiscard]] Answer<std::uint32_t> find_cell_of_cgroup(const std::string &cgroup);
    [[nodiscard]] Answer<RebalanceResult> rebalance(DryRun dry_run, Force force);
    [[nodiscard]] Answer<ConfigResult> reload();
    [[nodiscard]] Answer<ConfigResult> reconfigure(const Reconfiguration &wanted);
    /// Empty: all.
    [[nodiscard]] Answer<ConfigResult> reset(const std::vector<std::string> &names);
    /// The service's own account of itself, as text for people.
    [[nodiscard]] Answer<std::string> dump();

    /// Calls the observer for every signal of the service, until it is done. A failure when the
    /// service does not run at the beginning; later the observer is told that it went and came.
    [[nodiscard]] Answer<void> watch(const std::function<Watching(const Happening &)> &observer);

private:
    explicit Client(std::unique_ptr<sdbus::IConnection> connection);

    std::unique_ptr<sdbus::IConnection> connection_; // outlives the proxy
    std::unique_ptr<ManagerProxy> manager_;
};

} // namespace mitosis::ctl
