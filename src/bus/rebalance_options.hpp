// SPDX-License-Identifier: GPL-2.0-only
// The options of Rebalance, a{sv}: every key and type is checked before anything happens.
#pragma once

#include "bus/errors.hpp"
#include "engine/ports.hpp"

#include <sdbus-c++/Types.h>

#include <expected>
#include <map>
#include <string>

namespace mitosis::bus {

/// "DryRun" b, "Force" b, "Reason" s of at most 128 bytes (non-printable ones become '?'). An
/// unknown key, a wrong type or a longer reason is InvalidArgs naming the key.
[[nodiscard]] std::expected<engine::RebalanceRequest, BusError>
parse_rebalance_options(const std::map<std::string, sdbus::Variant> &options);

} // namespace mitosis::bus
