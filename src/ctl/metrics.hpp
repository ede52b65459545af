// SPDX-License-Identifier: GPL-2.0-only
// What the service counts, in the text formats that monitoring systems read. Names and units are
// those of the table in scx-mitosis-exporter(8): base units (seconds, ratios), counters end in
// _total, rates are left to the reader. Pure.
#pragma once

#include "ctl/snapshot.hpp"

#include <span>
#include <string>
#include <vector>

namespace mitosis::ctl {

/// Prometheus text 0.0.4, as node_exporter's textfile collector wants it; or OpenMetrics 1.0.0.
enum class Dialect { prometheus, open_metrics };

[[nodiscard]] std::string to_metrics(const ServiceSnapshot &service,
                                     std::span<const CellSnapshot> cells, Dialect dialect);

/// When the service cannot be asked: scx_mitosis_up 0, and nothing that might be taken for old.
[[nodiscard]] std::string metrics_without_service(Dialect dialect);

/// The names of all families, without suffixes, in the order of the output.
[[nodiscard]] std::vector<std::string> metric_families();

} // namespace mitosis::ctl
