// SPDX-License-Identifier: GPL-2.0-only
// Rules of cells that contradict each other or themselves.
#pragma once

#include "config/raw_setting.hpp"
#include "core/config.hpp"

#include <span>
#include <string>
#include <vector>

namespace mitosis::config {

/// cell."NAME".key
[[nodiscard]] std::string key_of(const RawCellSetting &raw);

/// One problem for each rule with which a cell of that name could not be served, at the place in
/// the documents that said so last.
[[nodiscard]] std::vector<Problem> contradictions(std::span<const Document> documents,
                                                  const Config &config);

} // namespace mitosis::config
