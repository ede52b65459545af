// SPDX-License-Identifier: GPL-2.0-only
// Client: asks the service over the system bus, with the generated proxies, and returns plain
// values. Here ends what sdbus-c++ throws.
#pragma once

#include "ctl/failure.hpp"
#include "ctl/snapshot.hpp"

#include <expected>
#include <memory>
#include <vector>

namespace mitosis::ctl {

class ManagerProxy;

template <class T> using Answer = std::expected<T, Failure>;

enum class DryRun { no, yes };

class Client {
public:
    [[nodiscard]] static Answer<Client> open();
    ~Client();
    Client(Client &&) noexcept;
    Client &operator=(Client &&) noexcept;

    [[nodiscard]] Answer<ServiceSnapshot> read_service();
    /// By id.
    [[nodiscard]] Answer<std::vector<CellSnapshot>> read_cells();
    [[nodiscard]] Answer<RebalanceResult> rebalance(DryRun dry_run);
    [[nodiscard]] Answer<ReloadResult> reload();

private:
    explicit Client(std::unique_ptr<ManagerProxy> manager);

    std::unique_ptr<ManagerProxy> manager_;
};

} // namespace mitosis::ctl
