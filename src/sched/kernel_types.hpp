// SPDX-License-Identifier: GPL-2.0-only
// What the running kernel's type information says it has: functions to attach to or call, flags of
// the scheduler's operations. Features are found here, never by the kernel's version.
#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct btf;

namespace mitosis::sched {

struct FreeTypes {
    void operator()(btf *types) const;
};
using OwnedTypes = std::unique_ptr<btf, FreeTypes>;

class KernelTypes {
public:
    /// Of the running kernel.
    [[nodiscard]] static Result<KernelTypes> load();

    /// Not null.
    explicit KernelTypes(OwnedTypes types) : types_(std::move(types)) {}

    [[nodiscard]] bool has_function(const char *name) const;

    /// Of the flags of struct sched_ext_ops those that this scheduler wants and the kernel knows,
    /// by the kernel's own values; an unknown one would be refused. ENOENT when the kernel knows no
    /// sched_ext.
    [[nodiscard]] Result<std::uint64_t> ops_flags() const;

    /// In words, one for each, what is done another way because this kernel lacks something.
    [[nodiscard]] std::vector<std::string> fallbacks() const;

private:
    OwnedTypes types_;
};

} // namespace mitosis::sched
