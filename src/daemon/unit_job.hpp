// SPDX-License-Identifier: GPL-2.0-only
// What the service manager is about to do with this service.
#pragma once

#include <optional>

namespace mitosis::daemon {

/// The service is being stopped in order to be started again; nothing when nobody can tell. Asks
/// on the system bus, which is known to answer.
[[nodiscard]] std::optional<bool> is_being_restarted();

} // namespace mitosis::daemon
