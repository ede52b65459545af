// SPDX-License-Identifier: GPL-2.0-only
// SettingValue: the value of a setting before anybody looked at which one it is for; the same in a
// file, on the command line and on the bus.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace mitosis {

using SettingValue =
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;

} // namespace mitosis
