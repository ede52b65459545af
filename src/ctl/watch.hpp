// SPDX-License-Identifier: GPL-2.0-only
// mitosisctl monitor: what happens, as it happens.
#pragma once

#include "ctl/client.hpp"
#include "ctl/commands.hpp"

#include <iosfwd>

namespace mitosis::ctl {

/// A line for each signal, until `options.count` were printed or `out` takes no more.
[[nodiscard]] Answer<void> watch(Client &client, const Options &options, std::ostream &out);

/// Upstream's --monitor: one object of statistics each interval, from the statistics socket.
void watch_statistics(const Options &options, std::ostream &out, std::ostream &notes);

} // namespace mitosis::ctl
