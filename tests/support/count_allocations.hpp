// SPDX-License-Identifier: GPL-2.0-only
// Counts calls of operator new in this program. Linked only by programs that ask for it, since it
// replaces the global operators.
#pragma once

#include <cstddef>

namespace mitosis::test {

/// Since the program began; one thread.
[[nodiscard]] std::size_t allocations();

} // namespace mitosis::test
