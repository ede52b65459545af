// SPDX-License-Identifier: GPL-2.0-only
#include "core/virtual_llcs.hpp"

#include "core/topology.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <format>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

std::optional<std::uint32_t> parse_count(std::string_view text)
{
    std::uint32_t count = 0;
    const char *const end = text.data() + text.size();
    const auto [rest, code] = std::from_chars(text.data(), end, count);
    return code == std::errc{} && rest == end ? std::optional(count) : std::nullopt;
}

/// Cores of one kind in one LLC; each is named by its key.
using Cores = std::vector<std::uint32_t>;

std::vector<Cores> groups_of(const std::vector<CpuPlace> &places)
{
    std::map<std::pair<std::uint32_t, std::uint32_t>, Cores> groups;
    for (const CpuPlace &place : places) {
        Cores &cores = groups[{place.llc, place.kind}];
        if (!std::ranges::contains(cores, place.core))
            cores.push_back(place.core);
    }
    std::vector<Cores> listed;
    for (auto &[key, cores] : groups)
        listed.push_back(std::move(cores));
    return listed;
}

/// Of a group of so many cores.
std::size_t part_size(std::size_t cores, const VirtualLlcs &sizes)
{
    if (cores <= sizes.min_cores)
        return cores;
    std::size_t best = sizes.min_cores;
    for (std::size_t size = best; size <= std::min<std::size_t>(sizes.max_cores, cores); ++size)
        if (cores % size < cores % best)
            best = size;
    return best;
}

} // namespace

std::expected<VirtualLlcs, std::string> parse_virtual_llcs(std::string_view text)
{
    const auto dash = text.find('-');
    if (dash == std::string_view::npos)
        return std::unexpected(std::format("\"{}\" has no smallest and largest size", text));
    const auto least = parse_count(text.substr(0, dash));
    const auto most = parse_count(text.substr(dash + 1));
    if (!least || !most)
        return std::unexpected(std::format("\"{}\" is not two counts", text));
    if (*least == 0 || *least > *most)
        return std::unexpected(std::format("{} to {} is no range of sizes", *least, *most));
    return VirtualLlcs{.min_cores = *least, .max_cores = *most};
}

std::string to_text(const VirtualLlcs &sizes)
{
    return std::format("{}-{}", sizes.min_cores, sizes.max_cores);
}

Topology split_llcs(const Topology &machine, const VirtualLlcs &sizes)
{
    std::vector<CpuPlace> places = machine.places();
    std::map<std::uint32_t, std::uint32_t> part_of_core;
    std::uint32_t parts = 0;
    for (const Cores &cores : groups_of(places)) {
        const std::size_t size = part_size(cores.size(), sizes);
        const std::size_t last = cores.size() / size - 1;
        for (std::size_t core = 0; core < cores.size(); ++core)
            part_of_core[cores[core]] =
                parts + static_cast<std::uint32_t>(std::min(core / size, last));
        parts += static_cast<std::uint32_t>(last) + 1;
    }
    for (CpuPlace &place : places)
        place.llc = part_of_core[place.core];
    auto split = Topology::from_places(places);
    assert(split.has_value()); // of the same CPUs
    return *std::move(split);
}

} // namespace mitosis
