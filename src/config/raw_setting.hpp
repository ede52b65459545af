// SPDX-License-Identifier: GPL-2.0-only
// A setting as somebody wrote it: a name, a typed but unchecked value, and the place it came from.
#pragma once

#include "core/setting_value.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mitosis::config {

using Value = SettingValue;

/// Where a value was written. Line and column count from 1; 0 where the place has none.
struct Source {
    std::string name; // path of a file, or "command line"
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    friend bool operator==(const Source &, const Source &) = default;
};
/// "name:line:column", or only the name.
[[nodiscard]] std::string to_string(const Source &source);

struct RawSetting {
    std::string name;
    Value value;
    Source source;
    friend bool operator==(const RawSetting &, const RawSetting &) = default;
};

/// A setting of the table [cell."PATTERN"].
struct RawCellSetting {
    std::string pattern;
    RawSetting setting;
    friend bool operator==(const RawCellSetting &, const RawCellSetting &) = default;
};

/// Why a setting was refused. `allowed` is empty where nothing helpful can be said.
struct Problem {
    Source source;
    std::string key;
    std::string reason;
    std::string allowed;
    friend bool operator==(const Problem &, const Problem &) = default;
};
/// "file:line:column: key: reason, allowed: what".
[[nodiscard]] std::string to_string(const Problem &problem);

/// What one place (a file, the command line) said, in the order of the text.
struct Document {
    std::vector<RawSetting> settings{};
    std::vector<Problem> problems{};
    std::vector<RawCellSetting> cells{};
    friend bool operator==(const Document &, const Document &) = default;
};

} // namespace mitosis::config
