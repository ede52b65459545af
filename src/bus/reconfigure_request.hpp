// SPDX-License-Identifier: GPL-2.0-only
// The arguments of Reconfigure: shape and size are checked here, meaning is the settings' table's.
#pragma once

#include "bus/errors.hpp"
#include "engine/ports.hpp"

#include <sdbus-c++/Types.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <vector>

namespace mitosis::bus {

inline constexpr std::size_t max_settings = 64;
inline constexpr std::size_t max_string_bytes = 4096;
inline constexpr std::size_t max_list_items = 1024;

inline constexpr std::uint64_t flag_dry_run = 1;
inline constexpr std::uint64_t flag_allow_reattach = 2;

/// Values are b, an integer of any size, d, s or as. No setting at all, more than fits, another
/// type or an unknown flag is InvalidArgs, naming the key.
[[nodiscard]] std::expected<engine::ReconfigureRequest, BusError>
parse_reconfigure(const std::map<std::string, sdbus::Variant> &settings,
                  std::uint64_t expected_generation, std::uint64_t flags);

/// The names that ResetConfiguration is called with: only their number and length.
[[nodiscard]] std::expected<void, BusError> check_names(const std::vector<std::string> &names);

} // namespace mitosis::bus
