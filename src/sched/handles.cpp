// SPDX-License-Identifier: GPL-2.0-only
#include "sched/handles.hpp"

#include "mitosis.skel.h"

#include "bpf/intf.h"
#include "core/error.hpp"
#include "sched/wire.hpp"
#include "sys/unique_fd.hpp"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/bpf.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <format>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::sched {
namespace {

struct Member {
    std::string_view name;
    sys::UniqueFd Handles::*fd;
};

constexpr std::array<Member, 15> members{{
    {"cpus", &Handles::cpus},
    {"cells", &Handles::cells},
    {"cell_stats", &Handles::cell_stats},
    {"stage_cpus", &Handles::stage_cpus},
    {"stage_cells", &Handles::stage_cells},
    {"stage_envelopes", &Handles::stage_envelopes},
    {"exit_dump", &Handles::exit_dump},
    {"exits", &Handles::exits},
    {"events", &Handles::events},
    {"bss", &Handles::bss},
    {"data", &Handles::data},
    {"apply_config", &Handles::apply_config},
    {"settle", &Handles::settle},
    {"look_at_waits", &Handles::look_at_waits},
    {"link", &Handles::link},
}};

constexpr std::string_view probe_prefix = "probe.";

/// What is read and written through a map has to lie within it.
struct MapShape {
    std::string_view name;
    int fd;
    std::uint32_t type;
    std::size_t value_size;
    std::size_t entries;
};

/// As the kernel does with the entries of an array.
std::size_t round_up(std::size_t size)
{
    return (size + 7) / 8 * 8;
}

/// A single entry may be longer: the object may have variables that are known to it alone.
bool fits(std::size_t value_size, const MapShape &wanted)
{
    return wanted.entries == 1 ? round_up(value_size) >= wanted.value_size
                               : round_up(value_size) == round_up(wanted.value_size);
}

Result<void> check_map(const MapShape &wanted)
{
    bpf_map_info info{};
    std::uint32_t size = sizeof(info);
    if (bpf_map_get_info_by_fd(wanted.fd, &info, &size) != 0) {
        return fail(errno, std::format("look at the map {}", wanted.name));
    }
    if (info.type != wanted.type || info.max_entries != wanted.entries ||
        !fits(info.value_size, wanted)) {
        return fail(EINVAL, std::format("the map {} is another one", wanted.name));
    }
    return {};
}

Result<void> check_program(int fd, std::string_view name)
{
    bpf_prog_info info{};
    std::uint32_t size = sizeof(info);
    if (bpf_prog_get_info_by_fd(fd, &info, &size) != 0) {
        return fail(errno, std::format("look at the program {}", name));
    }
    if (info.type != BPF_PROG_TYPE_SYSCALL || name != static_cast<const char *>(info.name)) {
        return fail(EINVAL, std::format("the program {} is another one", name));
    }
    return {};
}

Result<void> check_link(int fd)
{
    bpf_link_info info{};
    std::uint32_t size = sizeof(info);
    if (bpf_link_get_info_by_fd(fd, &info, &size) != 0) {
        return fail(errno, "look at the attachment");
    }
    return info.type == BPF_LINK_TYPE_STRUCT_OPS ? Result<void>()
                                                 : fail(EINVAL, "the attachment is another one");
}

Result<void> check(const Handles &handles, const Sizes &sizes, std::uint32_t dump_len)
{
    const std::array<MapShape, 9> maps{{
        {"cpus", handles.cpus.get(), BPF_MAP_TYPE_ARRAY, sizeof(mitosis_cpu), sizes.cpus},
        {"cells", handles.cells.get(), BPF_MAP_TYPE_ARRAY, sizeof(mitosis_cell), sizes.cells},
        {"cell_stats", handles.cell_stats.get(), BPF_MAP_TYPE_PERCPU_ARRAY,
         sizeof(mitosis_counters), sizes.cells},
        {"stage_cpus", handles.stage_cpus.get(), BPF_MAP_TYPE_ARRAY, sizeof(mitosis_stage_cpu),
         sizes.cpus},
        {"stage_cells", handles.stage_cells.get(), BPF_MAP_TYPE_ARRAY, sizeof(mitosis_stage_cell),
         sizes.cells},
        {"stage_envelopes", handles.stage_envelopes.get(), BPF_MAP_TYPE_ARRAY,
         sizeof(std::uint64_t), std::size_t{sizes.cells} * envelope_words(sizes)},
        {"exit_dump", handles.exit_dump.get(), BPF_MAP_TYPE_ARRAY, dump_len, 1},
        {"bss", handles.bss.get(), BPF_MAP_TYPE_ARRAY, sizeof(*mitosis_bpf::bss), 1},
        {"data", handles.data.get(), BPF_MAP_TYPE_ARRAY, sizeof(*mitosis_bpf::data), 1},
    }};
    Result<void> checked = check_link(handles.link.get());
    for (const MapShape &map : maps) {
        if (checked) {
            checked = check_map(map);
        }
    }
    return checked
        .and_then([&] { return check_program(handles.apply_config.get(), "apply_config"); })
        .and_then([&] { return check_program(handles.settle.get(), "settle"); })
        .and_then([&] { return check_program(handles.look_at_waits.get(), "look_at_waits"); });
}

} // namespace

std::vector<std::pair<std::string, int>> list(const Handles &handles)
{
    std::vector<std::pair<std::string, int>> listed;
    for (const auto &[name, fd] : members) {
        if (handles.*fd) {
            listed.emplace_back(name, (handles.*fd).get());
        }
    }
    for (const auto &[name, fd] : handles.probes) {
        listed.emplace_back(std::string(probe_prefix) + name, fd.get());
    }
    return listed;
}

Result<Handles> take_handles(sys::NamedFds named, const Sizes &sizes, std::uint32_t dump_len)
{
    Handles handles;
    for (const auto &[name, fd] : members) {
        const auto found = named.find(name);
        if (found == named.end()) {
            return fail(EBADF, std::format("{} is missing", name));
        }
        handles.*fd = std::move(found->second);
    }
    for (auto &[name, fd] : named) {
        if (name.starts_with(probe_prefix)) {
            handles.probes.emplace(name.substr(probe_prefix.size()), std::move(fd));
        }
    }
    if (auto checked = check(handles, sizes, dump_len); !checked) {
        return std::unexpected(std::move(checked).error());
    }
    return handles;
}

sys::UniqueFd copy_attachment(const sys::NamedFds &named)
{
    const auto link = named.find("link");
    return sys::UniqueFd(link == named.end() ? -1 : fcntl(link->second.get(), F_DUPFD_CLOEXEC, 0));
}

void end_attachment(int link_fd)
{
    // Not by closing it: others may hold the attachment, too.
    (void)bpf_link_detach(link_fd);
}

} // namespace mitosis::sched
