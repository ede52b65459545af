// SPDX-License-Identifier: GPL-2.0-only
#include "sched/kernel_types.hpp"

#include "core/error.hpp"
#include "sched/object.hpp"

#include <bpf/btf.h>
#include <linux/btf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::sched {
namespace {

// ENQ_LAST: a task that may not stay on its CPU leaves it even when nobody else wants the CPU.
// The other two: without them the kernel parks such tasks on a CPU's local queue, where they go
// before everything that its owner has waiting.
constexpr std::array<std::string_view, 3> wanted{"SCX_OPS_ENQ_LAST", "SCX_OPS_ENQ_EXITING",
                                                 "SCX_OPS_ENQ_MIGRATION_DISABLED"};

std::uint64_t value_if_wanted(const btf &types, std::uint32_t name, std::uint64_t value)
{
    const std::string_view known = btf__name_by_offset(&types, name);
    for (const std::string_view flag : wanted) {
        if (flag == known) {
            return value;
        }
    }
    return 0;
}

/// What is done another way where the kernel has none of the functions.
struct Fallback {
    std::array<std::string_view, 2> functions; // the second one may be ""
    const char *words;
};

constexpr std::array<Fallback, 9> known_fallbacks{{
    {{"scx_bpf_dsq_move_to_local___v2"},
     "a task on its way to a borrowed CPU cannot be called back before it ran there; peeking at "
     "queues takes their lock"},
    {{"__scx_bpf_select_cpu_and", "scx_bpf_select_cpu_and"},
     "idle CPUs are searched without regard to LLCs, and for restricted tasks one is tried at "
     "random"},
    {{"scx_bpf_task_set_slice"}, "slices of running tasks are written directly"},
    {{"scx_bpf_cpu_curr", "scx_bpf_cpu_rq"},
     "slices of running tasks are not shortened for those that wait"},
    {{"scx_bpf_now"},
     "the time is read from the hardware at each look, and waiting counts only when it ends"},
    {{"sched_cpu_deactivate"}, "taking a CPU down may take long when a cell has no other"},
    {{"cpuset_write_resmask"}, "changes of cpusets are noticed at the next sample only"},
    {{"cpuset_partition_write"},
     "changes of cpuset partitions are noticed at the next sample only"},
    {{"cpuset_css_offline"}, "removed cpusets are noticed at the next sample only"},
}};

/// The functions that are asked about, and "", in order.
std::vector<std::string_view> asked_functions()
{
    std::vector<std::string_view> names;
    for (const Fallback &fallback : known_fallbacks) {
        std::ranges::copy(fallback.functions, std::back_inserter(names));
    }
    for (const Probe &probe : probes) {
        names.emplace_back(probe.function);
    }
    std::ranges::sort(names);
    return names;
}

std::uint64_t wanted_flags(const btf &types, const btf_type &flags)
{
    std::uint64_t sum = 0;
    if (btf_is_enum64(&flags)) {
        for (const struct btf_enum64 &value : std::span(btf_enum64(&flags), btf_vlen(&flags))) {
            sum |= value_if_wanted(types, value.name_off, btf_enum64_value(&value));
        }
    } else {
        for (const struct btf_enum &value : std::span(btf_enum(&flags), btf_vlen(&flags))) {
            sum |= value_if_wanted(types, value.name_off, static_cast<std::uint32_t>(value.val));
        }
    }
    return sum;
}

Result<KernelTypes> read_kernel()
{
    const std::unique_ptr<btf, decltype([](btf *types) { btf__free(types); })> types(
        btf__load_vmlinux_btf());
    if (!types) {
        return fail(errno, "read the kernel's type information");
    }
    return KernelTypes(*types);
}

} // namespace

const Result<KernelTypes> &KernelTypes::of_kernel()
{
    static const Result<KernelTypes> kernel = read_kernel();
    return kernel;
}

// One pass over all types: libbpf's look-up by name is one for each name.
KernelTypes::KernelTypes(const btf &types)
{
    const std::vector<std::string_view> asked = asked_functions();
    for (std::uint32_t id = 1; id < btf__type_cnt(&types); ++id) {
        const btf_type &type = *btf__type_by_id(&types, id);
        const std::string_view name = btf__name_by_offset(&types, type.name_off);
        if (btf_is_func(&type) && std::ranges::binary_search(asked, name)) {
            functions_.emplace_back(name);
        }
        if (btf_is_any_enum(&type) && name == "scx_ops_flags") {
            ops_flags_ = wanted_flags(types, type);
        }
    }
}

bool KernelTypes::has_function(std::string_view name) const
{
    return std::ranges::contains(functions_, name);
}

std::vector<std::string> KernelTypes::fallbacks() const
{
    std::vector<std::string> in_force;
    for (const Fallback &fallback : known_fallbacks) {
        if (std::ranges::none_of(fallback.functions,
                                 [this](std::string_view name) { return has_function(name); })) {
            in_force.emplace_back(fallback.words);
        }
    }
    return in_force;
}

Result<std::uint64_t> KernelTypes::ops_flags() const
{
    if (!ops_flags_) {
        return fail(ENOENT, "find sched_ext in the kernel's type information");
    }
    return *ops_flags_;
}

} // namespace mitosis::sched
