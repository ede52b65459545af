// SPDX-License-Identifier: GPL-2.0-only
// The machine of a plan.
#pragma once

#include "core/topology.hpp"
#include "ctl/plan_fields.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace mitosis::ctl {

/// From text (hwloc's synthetic notation), {"synthetic": TEXT}, {"xml": FILE} or {"cpus": LIST,
/// "llcs": [LIST...], "cores": [LIST...], "nodes": [LIST...]}, of which only the first is needed; a
/// missing value means this machine. Complains when there is no such machine.
[[nodiscard]] std::optional<Topology> read_plan_topology(const nlohmann::json *value,
                                                         Complaint &complaint);

} // namespace mitosis::ctl
