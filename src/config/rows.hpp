// SPDX-License-Identifier: GPL-2.0-only
// The rows of the table of settings by topic; settings() joins them in this order.
#pragma once

#include "config/settings.hpp"

#include <span>

namespace mitosis::config {

[[nodiscard]] std::span<const Setting> cell_settings();
[[nodiscard]] std::span<const Setting> rebalancing_settings();
[[nodiscard]] std::span<const Setting> scheduler_settings();
[[nodiscard]] std::span<const Setting> libbpf_settings();
[[nodiscard]] std::span<const Setting> service_settings();
[[nodiscard]] std::span<const Setting> inert_settings();

} // namespace mitosis::config
