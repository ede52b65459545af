// SPDX-License-Identifier: GPL-2.0-only
// The texts about the settings that the tree holds, made from the table.
#pragma once

#include <string>

namespace mitosis::config {

/// systemd/mitosis.toml
[[nodiscard]] std::string sample_file();

/// The list of settings in man/mitosis.toml.5.scd.
[[nodiscard]] std::string man_settings();

/// The list of keys of a cell's table there.
[[nodiscard]] std::string man_cell_settings();

/// The options of man/scx-mitosis.8.scd that are settings.
[[nodiscard]] std::string man_options();

} // namespace mitosis::config
