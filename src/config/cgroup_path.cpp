// SPDX-License-Identifier: GPL-2.0-only
#include "config/cgroup_path.hpp"

#include <algorithm>
#include <cstddef>
#include <expected>
#include <ranges>
#include <string>
#include <string_view>

namespace mitosis::config {
namespace {

constexpr std::string_view mount_point = "/sys/fs/cgroup";
constexpr std::size_t longest_name = 255;

/// The kernel refuses a line feed itself; the other control characters would spoil log lines.
bool is_control(char c)
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string_view without_mount_point(std::string_view text)
{
    if (!text.starts_with(mount_point))
        return text;
    const std::string_view rest = text.substr(mount_point.size());
    return rest.empty() || rest.front() == '/' ? rest : text;
}

std::expected<void, std::string> check_component(std::string_view name)
{
    if (name == "." || name == "..")
        return std::unexpected("\"" + std::string(name) + "\" may not be part of a cgroup path");
    if (std::ranges::any_of(name, is_control))
        return std::unexpected("a cgroup name has no control characters");
    if (name.size() > longest_name)
        return std::unexpected("a cgroup name has at most 255 bytes");
    return {};
}

} // namespace

std::expected<std::string, std::string> normalise_cgroup_path(std::string_view text)
{
    if (text.empty())
        return std::unexpected("the path is empty");
    std::string path;
    for (const auto part : std::views::split(without_mount_point(text), '/')) {
        const std::string_view name(part);
        if (name.empty())
            continue;
        if (const auto checked = check_component(name); !checked)
            return std::unexpected(checked.error());
        path.append("/").append(name);
    }
    return path.empty() ? "/" : path;
}

std::expected<void, std::string> check_cgroup_name(std::string_view name)
{
    if (name.empty())
        return std::unexpected("a cgroup name is empty");
    if (name.contains('/'))
        return std::unexpected("\"" + std::string(name) + "\" is a path, not the name of a child");
    return check_component(name);
}

} // namespace mitosis::config
