// SPDX-License-Identifier: GPL-2.0-only
// Virtual LLCs: parts of a large last level of cache that are treated as LLCs of their own, so that
// fewer CPUs share a queue.
#pragma once

#include "core/topology.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace mitosis {

/// Sizes of the parts that LLCs are split into, in physical cores; 1 <= min_cores <= max_cores.
struct VirtualLlcs {
    std::uint32_t min_cores = 2;
    std::uint32_t max_cores = 8;
    friend bool operator==(const VirtualLlcs &, const VirtualLlcs &) = default;
};

/// From "MIN-MAX"; the error is a sentence.
[[nodiscard]] std::expected<VirtualLlcs, std::string> parse_virtual_llcs(std::string_view text);
[[nodiscard]] std::string to_text(const VirtualLlcs &sizes);

/// The same machine with each LLC, separately for each kind of core, split into parts of equal
/// size: the smallest one allowed that leaves no core over, else the smallest one that leaves the
/// fewest; those join the last part. min_cores and fewer are not split, neither is a core.
[[nodiscard]] Topology split_llcs(const Topology &machine, const VirtualLlcs &sizes);

} // namespace mitosis
