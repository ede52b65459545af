// SPDX-License-Identifier: GPL-2.0-only
// Identities. A cell id is a small index that is reused; a cgroup id never names a path, so a
// directory that was removed and made again is another cgroup.
#pragma once

#include <cstdint>
#include <utility>

namespace mitosis {

enum class CellId : std::uint32_t {};
enum class CgroupId : std::uint64_t {}; // inode of the cgroup directory
enum class LlcId : std::uint32_t {};    // dense, 0 .. Topology::llc_count() - 1

/// Cell 0 always exists and takes what no other cell claims.
inline constexpr CellId root_cell{0};

[[nodiscard]] constexpr std::uint32_t index_of(CellId id)
{
    return std::to_underlying(id);
}
[[nodiscard]] constexpr std::uint32_t index_of(LlcId id)
{
    return std::to_underlying(id);
}

} // namespace mitosis
