// SPDX-License-Identifier: GPL-2.0-only
// What doctor finds. Pure.
#pragma once

#include "ctl/failure.hpp"
#include "ctl/finding.hpp"
#include "ctl/kernel_bugs.hpp"
#include "ctl/machine.hpp"
#include "ctl/snapshot.hpp"

#include <expected>
#include <vector>

namespace mitosis::ctl {

/// `service` is what the service said of itself, or why it did not.
[[nodiscard]] std::vector<Finding> examine(const Machine &machine, const KernelsPage &page,
                                           const std::expected<ServiceSnapshot, Failure> &service);

} // namespace mitosis::ctl
