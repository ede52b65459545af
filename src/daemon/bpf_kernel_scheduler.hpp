// SPDX-License-Identifier: GPL-2.0-only
// The BPF scheduler as the daemon's KernelScheduler.
#pragma once

#include "core/config.hpp"
#include "core/error.hpp"
#include "core/topology.hpp"
#include "daemon/world.hpp"

#include <cstdint>
#include <memory>

namespace mitosis::daemon {

/// A LoadScheduler.
[[nodiscard]] Result<std::unique_ptr<KernelScheduler>> load_bpf_scheduler(const Config &config,
                                                                          const Topology &topology);

} // namespace mitosis::daemon
