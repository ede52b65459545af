// SPDX-License-Identifier: GPL-2.0-only
// What tells a scheduler that can go on under another process from one that cannot.
#pragma once

#include "core/config.hpp"
#include "core/manifest.hpp"
#include "core/topology.hpp"

#include <cstdint>

namespace mitosis::daemon {

/// Of the scheduler that this object makes, attached with the first settings for this machine and
/// working by the others now.
[[nodiscard]] Identity identity_of(std::uint64_t object, const Config &attached_with,
                                   const Config &config, const Topology &topology);

} // namespace mitosis::daemon
