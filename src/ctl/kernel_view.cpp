// SPDX-License-Identifier: GPL-2.0-only
#include "core/cgroup_name.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "ctl/verify.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace mitosis::ctl {

namespace {

std::string read_line(const std::string &path)
{
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

std::optional<CpuSet> read_cpus(const std::string &path)
{
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        return std::nullopt;
    if (auto cpus = parse_cpu_list(read_line(path)))
        return *std::move(cpus);
    return std::nullopt;
}

/// A cgroup and its path below the cgroup root; "" for that itself.
struct Place {
    std::filesystem::path directory;
    std::string path;
};

/// Without the children that vanish meanwhile.
std::vector<Place> children_of(const Place &parent)
{
    std::vector<Place> children;
    std::error_code ignored; // without the parent there are no children
    for (const auto &entry : std::filesystem::directory_iterator(parent.directory, ignored))
        if (entry.is_directory(ignored))
            children.push_back(
                {entry.path(), parent.path + "/" + entry.path().filename().string()});
    return children;
}

/// nullopt for one that vanished meanwhile.
std::optional<CellCgroup> read_cgroup(const Place &place)
{
    struct stat status{};
    if (::stat(place.directory.c_str(), &status) != 0)
        return std::nullopt;
    return CellCgroup{.path = to_text(place.path),
                      .id = status.st_ino,
                      .effective = read_cpus(place.directory / "cpuset.cpus.effective")};
}

/// It has a cpuset of its own that keeps it off some online CPUs.
bool is_confined(const Place &place, const CpuSet &online)
{
    const auto cpus = read_cpus(place.directory / "cpuset.cpus");
    if (!cpus || cpus->empty() || cpus->includes(online))
        return false;
    const auto effective = read_cpus(place.directory / "cpuset.cpus.effective");
    return !effective || !effective->includes(online);
}

/// `top` and all below it, the parents first.
std::vector<Place> tree_of(Place top)
{
    std::vector<Place> places{std::move(top)};
    for (std::size_t index = 0; index < places.size(); ++index)
        std::ranges::move(children_of(places[index]), std::back_inserter(places));
    return places;
}

/// Those that shall be cells: the children of the parent, else whatever has a cpuset.
std::vector<Place> places_of_cells(const std::string &parent, const std::string &cgroup_root,
                                   const CpuSet &online)
{
    if (!parent.empty())
        return children_of({cgroup_root + parent, parent});
    std::vector<Place> places = tree_of({cgroup_root, ""});
    std::erase_if(places, [&](const Place &place) {
        return place.path.empty() || !is_confined(place, online);
    });
    return places;
}

} // namespace

KernelView read_kernel_view(const std::string &parent_cgroup, const std::string &root)
{
    KernelView view;
    view.state = read_line(root + "/sys/kernel/sched_ext/state");
    view.attached = read_line(root + "/sys/kernel/sched_ext/root/ops");
    view.online = read_cpus(root + "/sys/devices/system/cpu/online").value_or(CpuSet{});
    for (const Place &place : places_of_cells(parent_cgroup, root + "/sys/fs/cgroup", view.online))
        if (auto cgroup = read_cgroup(place))
            view.cgroups.push_back(*std::move(cgroup));
    return view;
}

} // namespace mitosis::ctl
