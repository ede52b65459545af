// SPDX-License-Identifier: GPL-2.0-only
// What the commands print with --json. The schema is part of the interface, documented in
// mitosisctl(1): keys are added, never renamed. Pure.
#pragma once

#include "ctl/snapshot.hpp"

#include <span>
#include <string>

namespace mitosis::ctl {

[[nodiscard]] std::string to_json(const ServiceSnapshot &service);
[[nodiscard]] std::string to_json(std::span<const CellSnapshot> cells);
[[nodiscard]] std::string to_json(const CellSnapshot &cell);
[[nodiscard]] std::string to_json(const RebalanceResult &result);
[[nodiscard]] std::string to_json(const ReloadResult &result);

} // namespace mitosis::ctl
