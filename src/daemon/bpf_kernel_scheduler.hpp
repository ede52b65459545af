// SPDX-License-Identifier: GPL-2.0-only
// The BPF scheduler as the daemon's KernelScheduler.
#pragma once

#include "core/config.hpp"
#include "core/error.hpp"
#include "core/topology.hpp"
#include "daemon/world.hpp"
#include "sys/unique_fd.hpp"

#include <cstdint>
#include <memory>

namespace mitosis::daemon {

/// A LoadScheduler.
[[nodiscard]] Result<std::unique_ptr<KernelScheduler>> load_bpf_scheduler(const Config &config,
                                                                          const Topology &topology);

/// An AdoptScheduler.
[[nodiscard]] Result<std::unique_ptr<KernelScheduler>>
adopt_bpf_scheduler(const Config &config, const Topology &topology, sys::NamedFds handles);

/// Of a scheduler that was not taken over; harmless when it is not attached.
void end_bpf_attachment(const sys::NamedFds &handles);

/// The same number for the same object: what load_bpf_scheduler() would load.
[[nodiscard]] std::uint64_t bpf_object_fingerprint();

} // namespace mitosis::daemon
