// SPDX-License-Identifier: GPL-2.0-only
// Runtime overrides: settings that somebody gave on the bus, laid over the files and the command
// line until the next start or reset.
#pragma once

#include "config/raw_setting.hpp"
#include "core/error.hpp"
#include "core/setting_value.hpp"
#include "daemon/configuration.hpp"

#include <expected>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace mitosis::daemon {

using NamedValues = std::map<std::string, SettingValue>;

/// Refuses names that no setting has, and settings that count only at a start. The sentence speaks
/// of all that are wrong.
[[nodiscard]] Result<void> check_overrides(const NamedValues &values);
/// Refuses names that no setting has.
[[nodiscard]] Result<void> check_settings(std::span<const std::string> names);

/// The files and the command line of `base` with these overrides on top; those that change nothing
/// are left out.
[[nodiscard]] std::expected<Configuration, Complaints>
with_overrides(const Configuration &base, std::vector<config::RawSetting> overrides);

/// The overrides of `configuration` with these values added, a newer value replacing an older.
[[nodiscard]] std::vector<config::RawSetting> added(const Configuration &configuration,
                                                    const NamedValues &values);
/// The overrides of `configuration` but those of `names`; none if `names` is empty.
[[nodiscard]] std::vector<config::RawSetting> without(const Configuration &configuration,
                                                      std::span<const std::string> names);

} // namespace mitosis::daemon
