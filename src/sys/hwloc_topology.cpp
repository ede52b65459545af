// SPDX-License-Identifier: GPL-2.0-only
#include "sys/hwloc_topology.hpp"

#include "core/error.hpp"
#include "core/topology.hpp"

#include <hwloc.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace mitosis::sys {
namespace {

struct Destroy {
    void operator()(hwloc_topology_t topology) const { hwloc_topology_destroy(topology); }
};
using Handle = std::unique_ptr<std::remove_pointer_t<hwloc_topology_t>, Destroy>;

/// Shallowest first, so the first that holds a CPU is its last level of cache.
constexpr std::array llc_types{HWLOC_OBJ_L5CACHE, HWLOC_OBJ_L4CACHE, HWLOC_OBJ_L3CACHE,
                               HWLOC_OBJ_L2CACHE, HWLOC_OBJ_PACKAGE, HWLOC_OBJ_MACHINE};

/// A key that no object of another type shares; `pu` itself where there is no such object.
std::uint32_t key_of(hwloc_topology_t topology, hwloc_obj_type_t type, hwloc_obj_t pu)
{
    const hwloc_obj_t object = hwloc_get_ancestor_obj_by_type(topology, type, pu);
    return static_cast<std::uint32_t>((object == nullptr ? pu : object)->gp_index);
}

std::uint32_t llc_key(hwloc_topology_t topology, hwloc_obj_t pu)
{
    for (const hwloc_obj_type_t type : llc_types)
        if (hwloc_get_ancestor_obj_by_type(topology, type, pu) != nullptr)
            return key_of(topology, type, pu);
    return 0;
}

std::uint32_t node_key(hwloc_obj_t pu)
{
    const int node = pu->nodeset == nullptr ? -1 : hwloc_bitmap_first(pu->nodeset);
    return node < 0 ? 0 : static_cast<std::uint32_t>(node);
}

/// hwloc numbers the kinds; 0 where it knows of none.
std::uint32_t kind_key(hwloc_topology_t topology, hwloc_obj_t pu)
{
    return static_cast<std::uint32_t>(hwloc_cpukinds_get_by_cpuset(topology, pu->cpuset, 0) + 1);
}

std::vector<CpuPlace> places_of(hwloc_topology_t topology)
{
    std::vector<CpuPlace> places;
    for (hwloc_obj_t pu = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, nullptr);
         pu != nullptr; pu = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, pu))
        places.push_back({.cpu = pu->os_index,
                          .core = key_of(topology, HWLOC_OBJ_CORE, pu),
                          .llc = llc_key(topology, pu),
                          .node = node_key(pu),
                          .kind = kind_key(topology, pu)});
    return places;
}

/// `choose` picks the source of the layout before it is loaded; 0 is success.
Result<Topology> load(const std::string &doing, const std::function<int(hwloc_topology_t)> &choose)
{
    hwloc_topology_t raw = nullptr;
    if (hwloc_topology_init(&raw) != 0)
        return fail(ENOMEM, doing);
    const Handle topology(raw);
    if (choose(raw) != 0 || hwloc_topology_load(raw) != 0)
        return fail(errno == 0 ? EINVAL : errno, doing);
    auto made = Topology::from_places(places_of(raw));
    if (!made)
        return with_context(std::move(made).error(), doing);
    return made;
}

} // namespace

Result<Topology> read_topology()
{
    // Without this flag hwloc leaves out CPUs that this process's own cpuset forbids.
    return load("read the CPU topology", [](hwloc_topology_t topology) {
        return hwloc_topology_set_flags(topology, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
    });
}

Result<Topology> topology_from_xml(const std::string &path)
{
    return load("read topology " + path, [&path](hwloc_topology_t topology) {
        return hwloc_topology_set_xml(topology, path.c_str());
    });
}

Result<Topology> topology_from_synthetic(const std::string &description)
{
    return load("parse topology \"" + description + "\"",
                [&description](hwloc_topology_t topology) {
                    return hwloc_topology_set_synthetic(topology, description.c_str());
                });
}

} // namespace mitosis::sys
