// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/llcs.hpp"

#include "ctl/snapshot.hpp"

#include <cstdint>
#include <format>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::ctl {

namespace {

/// The CPUs that share the last cache of this one, in the kernel's words; "" when it has none.
std::string sharers_of(std::uint32_t cpu, const std::string &root)
{
    for (const char *level : {"index3", "index2"}) {
        std::ifstream file(std::format("{}/sys/devices/system/cpu/cpu{}/cache/{}/shared_cpu_list",
                                       root, cpu, level));
        std::string list;
        if (std::getline(file, list))
            return list;
    }
    return "";
}

} // namespace

std::vector<Cpus> group_by_llc(const Cpus &cpus, const std::string &root)
{
    std::map<std::string, Cpus> by_sharers;
    for (const std::uint32_t cpu : cpus)
        by_sharers[sharers_of(cpu, root)].push_back(cpu);
    std::map<std::uint32_t, Cpus> by_first;
    for (auto &[sharers, group] : by_sharers)
        by_first[group.front()] = std::move(group);
    std::vector<Cpus> groups;
    groups.reserve(by_first.size());
    for (auto &[first, group] : by_first)
        groups.push_back(std::move(group));
    return groups;
}

} // namespace mitosis::ctl
