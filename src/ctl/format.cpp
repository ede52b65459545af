// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/format.hpp"

#include "ctl/snapshot.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <format>
#include <string>
#include <string_view>

namespace mitosis::ctl {

namespace {

struct Unit {
    std::string_view name;
    double ns;
};

constexpr std::array units{Unit{"d", 86400e9}, Unit{"h", 3600e9}, Unit{"min", 60e9},
                           Unit{"s", 1e9},     Unit{"ms", 1e6},   Unit{"us", 1e3}};

/// The last CPU of the run of neighbours that begins at `first`.
std::size_t end_of_run(const Cpus &cpus, std::size_t first)
{
    std::size_t last = first;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1)
        ++last;
    return last;
}

} // namespace

std::string format_ns(std::uint64_t duration_ns)
{
    const auto duration = static_cast<double>(duration_ns);
    for (const Unit &unit : units) {
        const double value = duration / unit.ns;
        if (value >= 99.5)
            return std::format("{:.0f}{}", value, unit.name);
        if (value >= 1)
            return std::format("{:.{}f}{}", value, value < 9.95 ? 1 : 0, unit.name);
    }
    return std::format("{}ns", duration_ns);
}

std::string format_ago(std::uint64_t then_us, std::uint64_t now_us)
{
    if (then_us == 0)
        return "never";
    return format_ns((now_us > then_us ? now_us - then_us : 0) * 1000) + " ago";
}

std::string format_ratio(double ratio)
{
    return std::format("{:.0f}%", std::round(ratio * 100));
}

std::string format_share(std::uint64_t part, std::uint64_t whole)
{
    if (whole == 0)
        return "-";
    return format_ratio(static_cast<double>(part) / static_cast<double>(whole));
}

std::string format_cpus(const Cpus &cpus)
{
    std::string list;
    for (std::size_t first = 0; first < cpus.size(); ++first) {
        const std::size_t last = end_of_run(cpus, first);
        list += std::format("{}{}", list.empty() ? "" : ",", cpus[first]);
        if (last != first)
            list += std::format("-{}", cpus[last]);
        first = last;
    }
    return list.empty() ? "-" : list;
}

} // namespace mitosis::ctl
