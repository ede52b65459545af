// SPDX-License-Identifier: GPL-2.0-only
// Settings as words of the command line and as lines of the file. Pure.
#pragma once

#include "ctl/failure.hpp"
#include "ctl/snapshot.hpp"

#include <expected>
#include <map>
#include <span>
#include <string>

namespace mitosis::ctl {

using ConfigMap = std::map<std::string, ConfigValue>;

/// From "NAME=VALUE" words. The value gets the type that the setting has in `known`; one that is
/// not known, or a value that is not of that type, goes to the service as it is, which says what is
/// allowed. A list is separated by commas.
[[nodiscard]] std::expected<ConfigMap, Failure>
parse_assignments(std::span<const std::string> words, const ConfigMap &known);

/// As in mitosis.toml(5): true, 1.5, "text", ["a", "b"].
[[nodiscard]] std::string to_toml(const ConfigValue &value);

} // namespace mitosis::ctl
