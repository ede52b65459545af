// SPDX-License-Identifier: GPL-2.0-only
#include "sys/cgroup_walk.hpp"

#include "core/error.hpp"
#include "sys/cgroup_directory.hpp"
#include "sys/file.hpp"
#include "sys/unique_fd.hpp"

#include <fcntl.h>

#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::sys {
namespace {

/// A cgroup whose children are still to be visited.
struct Open {
    UniqueFd cgroup;
    std::string path;
};

Result<std::vector<std::string>> list_children(const Open &at)
{
    auto names = list_directories(at.cgroup.get(), at.path);
    if (!names && is_out_of_reach(names.error()))
        return std::vector<std::string>();
    return names;
}

Result<void> visit_child(const Open &parent, const std::string &name, const Visit &visit,
                         std::vector<Open> &left)
{
    auto child = open_child(parent.cgroup.get(), name);
    if (!child)
        return std::unexpected(std::move(child).error());
    if (!*child)
        return {};
    Open open{.cgroup = **std::move(child), .path = child_path(parent.path, name)};
    const auto descend = visit(open.cgroup.get(), open.path);
    if (!descend && !is_out_of_reach(descend.error()))
        return std::unexpected(descend.error());
    if (descend && *descend == Descend::yes)
        left.push_back(std::move(open));
    return {};
}

} // namespace

Result<void> walk_cgroups(const std::string &root, const Visit &visit)
{
    auto opened = open_at(AT_FDCWD, root, O_PATH | O_DIRECTORY);
    if (!opened)
        return std::unexpected(std::move(opened).error());
    std::vector<Open> left;
    left.push_back({.cgroup = *std::move(opened), .path = "/"});
    while (!left.empty()) {
        const Open at = std::move(left.back());
        left.pop_back();
        const auto names = list_children(at);
        if (!names)
            return std::unexpected(names.error());
        for (const std::string &name : *names)
            if (auto visited = visit_child(at, name, visit, left); !visited)
                return visited;
    }
    return {};
}

} // namespace mitosis::sys
