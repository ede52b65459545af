// SPDX-License-Identifier: GPL-2.0-only
// resume(): from what another process knew of a scheduler to what this one knows.
#pragma once

#include "core/cell_table.hpp"
#include "core/decide.hpp"
#include "core/kernel_cell.hpp"
#include "core/manifest.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace mitosis {

/// Nothing unless the kernel's cells, by id, are exactly those of the manifest besides cells that
/// are gone: the process before may have been killed between the two.
[[nodiscard]] std::optional<KnownState> resume(const Manifest &manifest,
                                               std::span<const KernelCell> kernel,
                                               std::uint32_t capacity, Clock::time_point now);

} // namespace mitosis
