// SPDX-License-Identifier: GPL-2.0-only
// What the running kernel's type information says it has: functions to attach to or call, flags of
// the scheduler's operations. Features are found here, never by the kernel's version.
#pragma once

#include "core/error.hpp"
#include "sched/object.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct btf;

namespace mitosis::sched {

class KernelTypes {
public:
    /// Of the running kernel, which is read once: they are megabytes, of which this is a digest,
    /// and it stays as it was booted. Any thread.
    [[nodiscard]] static const Result<KernelTypes> &of_kernel();

    explicit KernelTypes(const btf &types);

    /// Whether the kernel has the function that the probe looks at.
    [[nodiscard]] bool has(const Probe &probe) const { return has_function(probe.function); }

    /// Of the flags of struct sched_ext_ops those that this scheduler wants and the kernel knows,
    /// by the kernel's own values; an unknown one would be refused. ENOENT when the kernel knows no
    /// sched_ext.
    [[nodiscard]] Result<std::uint64_t> ops_flags() const;

    /// In words, one for each, what is done another way because this kernel lacks something.
    [[nodiscard]] std::vector<std::string> fallbacks() const;

private:
    [[nodiscard]] bool has_function(std::string_view name) const;

    std::vector<std::string> functions_;     // of those that are asked about
    std::optional<std::uint64_t> ops_flags_; // nothing without sched_ext
};

} // namespace mitosis::sched
