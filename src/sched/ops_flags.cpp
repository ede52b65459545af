// SPDX-License-Identifier: GPL-2.0-only
#include "sched/ops_flags.hpp"

#include "core/error.hpp"

#include <bpf/btf.h>
#include <linux/btf.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace mitosis::sched {
namespace {

struct FreeBtf {
    void operator()(btf *types) const { btf__free(types); }
};

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

} // namespace

Result<std::uint64_t> probe_ops_flags()
{
    const std::unique_ptr<struct btf, FreeBtf> types(btf__load_vmlinux_btf());
    if (!types) {
        return fail(errno, "read the kernel's type information");
    }
    const int id = btf__find_by_name(types.get(), "scx_ops_flags");
    if (id < 0) {
        return fail(ENOENT, "find sched_ext in the kernel's type information");
    }
    const struct btf_type *type = btf__type_by_id(types.get(), static_cast<std::uint32_t>(id));
    std::uint64_t flags = 0;
    if (btf_is_enum64(type)) {
        for (const struct btf_enum64 &value : std::span(btf_enum64(type), btf_vlen(type))) {
            flags |= value_if_wanted(*types, value.name_off, btf_enum64_value(&value));
        }
    } else {
        for (const struct btf_enum &value : std::span(btf_enum(type), btf_vlen(type))) {
            flags |= value_if_wanted(*types, value.name_off, static_cast<std::uint32_t>(value.val));
        }
    }
    return flags;
}

} // namespace mitosis::sched
