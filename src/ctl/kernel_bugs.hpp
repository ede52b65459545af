// SPDX-License-Identifier: GPL-2.0-only
// What docs/kernels.md says of kernels. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::ctl {

struct KernelVersion {
    unsigned major = 0;
    unsigned minor = 0;
    friend auto operator<=>(const KernelVersion &, const KernelVersion &) = default;
};

/// Of "7.1" or "7.3.4+deb13-amd64".
[[nodiscard]] std::optional<KernelVersion> parse_kernel_version(std::string_view text);

struct KernelOption {
    std::string name; // CONFIG_...
    std::string why;
};

struct KernelBug {
    std::string name;
    std::optional<KernelVersion> below; // none: every kernel
    std::string machine;                // "any", "smt", "nohz_full", "cgroup-weights"
    std::string effect;
    std::string advice;
};

struct KernelsPage {
    std::vector<KernelOption> options;
    std::vector<KernelBug> bugs;
};

/// Reads the two tables of the page; a row that has not its table's columns is left out.
[[nodiscard]] KernelsPage parse_kernels_page(std::string_view markdown);

/// The page as it was when this was built.
[[nodiscard]] std::string_view kernels_page();

} // namespace mitosis::ctl
