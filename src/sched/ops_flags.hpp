// SPDX-License-Identifier: GPL-2.0-only
// The flags of struct sched_ext_ops, by the running kernel's own values.
#pragma once

#include "core/error.hpp"

#include <cstdint>

namespace mitosis::sched {

/// What this scheduler wants and the kernel knows; a flag that it lacks is left out, as an unknown
/// one is refused. ENOENT when the kernel's BTF knows no sched_ext.
[[nodiscard]] Result<std::uint64_t> probe_ops_flags();

} // namespace mitosis::sched
