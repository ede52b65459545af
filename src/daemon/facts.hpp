// SPDX-License-Identifier: GPL-2.0-only
// What the bus shows beyond the engine's Status.
#pragma once

#include "bus/facts.hpp"
#include "core/config.hpp"
#include "core/status.hpp"
#include "daemon/attachment.hpp"
#include "daemon/configuration.hpp"

#include <string>
#include <vector>

namespace mitosis::daemon {

/// Every setting under its name, in the bus's types.
[[nodiscard]] bus::ConfigMap to_config_map(const Config &config);

/// What the configuration switches on, under the names of the property Features.
[[nodiscard]] std::vector<std::string> switched_on(const Config &config);

/// What follows from the configuration alone; state and attachment are left as they are.
void show_configuration(const Configuration &configuration, bus::ServiceFacts &facts);

/// Nothing was ended by the kernel so far: a counter for every reason there is.
void show_no_exits(bus::ServiceFacts &facts);

/// What follows from having been attached just now.
void show_attachment(const Attachment &attachment, bus::ServiceFacts &facts);

/// Nothing of an attachment is left to show; the state is left as it is.
void show_no_attachment(bus::ServiceFacts &facts);

/// The scheduler is gone, as the kernel said.
void show_exit(const ExitInfo &exit, bus::ServiceFacts &facts);

} // namespace mitosis::daemon
