// SPDX-License-Identifier: GPL-2.0-only
// The text of a configuration file to raw settings. Opens nothing: whoever read the text names it.
#pragma once

#include "config/raw_setting.hpp"

#include <string_view>

namespace mitosis::config {

/// `path` is only used to say where things stand. A text that is not TOML gives one problem and no
/// settings; an unknown key, a table other than [cell."NAME"] or a value of a kind no setting has
/// gives a problem each.
[[nodiscard]] Document parse_toml(std::string_view text, std::string_view path);

} // namespace mitosis::config
