// SPDX-License-Identifier: GPL-2.0-only
// The machine's layout as hwloc sees it, as a Topology. An LLC is the outermost data cache (L3,
// else L2); CPUs without one are grouped by package, else all together.
#pragma once

#include "core/error.hpp"
#include "core/topology.hpp"

#include <string>

namespace mitosis::sys {

/// This machine's online CPUs, whatever this process itself may run on.
[[nodiscard]] Result<Topology> read_topology();

/// An export of `lstopo --of xml`.
[[nodiscard]] Result<Topology> topology_from_xml(const std::string &path);

/// hwloc's synthetic notation, such as "pack:2 l3:1 core:4 pu:2".
[[nodiscard]] Result<Topology> topology_from_synthetic(const std::string &description);

} // namespace mitosis::sys
