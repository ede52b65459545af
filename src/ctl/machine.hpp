// SPDX-License-Identifier: GPL-2.0-only
// Machine: what the system says about itself, read without a privilege.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mitosis::ctl {

struct Machine {
    std::string release;                                       // "7.3.4+deb13-cloud-amd64"
    std::optional<std::map<std::string, std::string>> options; // none: the kernel's are not shown
    bool has_btf = false;
    std::optional<std::string> sched_ext_state; // none: the kernel has no sched_ext
    std::string attached;                       // name of the attached scheduler, "" without one
    std::optional<std::string> lockdown;        // "none", "integrity", "confidentiality"
    bool has_cgroup2 = false;
    std::string controllers;                        // of the root cgroup, as in its file
    std::optional<unsigned long long> bounding_set; // of PID 1: what it can hand out
    bool has_smt = false;
    std::string nohz_full; // CPU list
    bool has_polkit = false;
    bool polkit_is_masked = false; // so that nobody answers though it is there
    std::string bus_problem;       // why the message bus cannot be used, "" if it can
    bool has_unit = false;
};

/// `root` is where the file system begins; only a test has another one.
[[nodiscard]] Machine read_machine(const std::string &root = "");

/// The name of the scheduler that the kernel runs, "" for its own.
[[nodiscard]] std::string read_attached(const std::string &root = "");

} // namespace mitosis::ctl
