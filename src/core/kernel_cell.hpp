// SPDX-License-Identifier: GPL-2.0-only
// KernelCell: what the kernel's side knows of a cell whose id is not free.
#pragma once

#include "core/ids.hpp"

namespace mitosis {

struct KernelCell {
    CellId id;
    CgroupId cgroup;  // its owner, or the last one
    bool live = true; // false: it is gone, and its queues are yet to be found empty
    friend bool operator==(const KernelCell &, const KernelCell &) = default;
};

} // namespace mitosis
