// SPDX-License-Identifier: GPL-2.0-only
// What the commands print with --json. The schema is part of the interface, documented in
// mitosisctl(1): keys are added, never renamed. Pure.
#pragma once

#include "ctl/snapshot.hpp"
#include "ctl/top_model.hpp"

#include <span>
#include <string>

namespace mitosis::ctl {

[[nodiscard]] std::string to_json(const ServiceSnapshot &service);
[[nodiscard]] std::string to_json(std::span<const CellSnapshot> cells);
[[nodiscard]] std::string to_json(const CellSnapshot &cell);
[[nodiscard]] std::string config_to_json(const ServiceSnapshot &service);
/// Counters of everything and of every cell.
[[nodiscard]] std::string metrics_to_json(const ServiceSnapshot &service,
                                          std::span<const CellSnapshot> cells);
/// In one line. What each cell does at present, CPU times in CPUs.
[[nodiscard]] std::string top_to_json(const ServiceSnapshot &service,
                                      std::span<const CellActivity> cells);
/// In one line, so that each can be read as it comes.
[[nodiscard]] std::string to_json(const Happening &happening);
[[nodiscard]] std::string dump_to_json(const std::string &dump);
[[nodiscard]] std::string to_json(const RebalanceResult &result);
[[nodiscard]] std::string to_json(const ConfigResult &result);

} // namespace mitosis::ctl
