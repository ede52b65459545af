// SPDX-License-Identifier: GPL-2.0-only
// The status that follows from what decide() knows.
#pragma once

#include "core/decide.hpp"
#include "core/status.hpp"
#include "core/topology.hpp"

namespace mitosis {

/// Into `status`, reusing its storage. State is running or degraded, and reason says why; what only
/// the kernel knows (detached, stopping, ...) is laid over it by the daemon.
void make_status(const Topology &topology, const KnownState &state, Status &status);

} // namespace mitosis
