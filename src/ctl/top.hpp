// SPDX-License-Identifier: GPL-2.0-only
// mitosisctl top: the live view, or the same in a batch.
#pragma once

#include "ctl/client.hpp"
#include "ctl/commands.hpp"

#include <iosfwd>

namespace mitosis::ctl {

/// Ends at a key, after `options.count` readings, or when the service cannot be asked any more. It
/// draws only on a terminal; a pipe gets the batch.
[[nodiscard]] Answer<void> show_top(Client &client, const Options &options, std::ostream &out);

} // namespace mitosis::ctl
