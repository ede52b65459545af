// SPDX-License-Identifier: GPL-2.0-only
#include "temporary_directory.hpp"

#include "ctl/doctor.hpp"
#include "ctl/failure.hpp"
#include "ctl/finding.hpp"
#include "ctl/kernel_bugs.hpp"
#include "ctl/machine.hpp"
#include "ctl/snapshot.hpp"
#include "ctl/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

namespace mitosis::ctl {

namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Machine a_good_machine()
{
    Machine machine;
    machine.release = "7.3.4+deb13-amd64";
    machine.options.emplace();
    for (const KernelOption &option : parse_kernels_page(kernels_page()).options)
        (*machine.options)[option.name] = "y";
    machine.has_btf = true;
    machine.sched_ext_state = "enabled";
    machine.attached = "mitosis_0.1.0";
    machine.has_cgroup2 = true;
    machine.controllers = "cpuset cpu io";
    machine.bounding_set = 0x1ffffffffffULL;
    machine.has_polkit = true;
    machine.has_unit = true;
    return machine;
}

ServiceSnapshot a_running_service()
{
    ServiceSnapshot service;
    service.state = "running";
    service.cell_parent_cgroup = "/work.slice";
    service.cell_count = 3;
    return service;
}

std::vector<Finding> examine_it(const Machine &machine)
{
    return examine(machine, parse_kernels_page(kernels_page()), a_running_service());
}

/// "kernel: problem"
std::vector<std::string> complaints(const std::vector<Finding> &findings)
{
    std::vector<std::string> result;
    for (const Finding &finding : findings)
        if (finding.severity == Severity::problem || finding.severity == Severity::warning)
            result.push_back(finding.subject);
    return result;
}

TEST(Doctor, FindsNothingOnAGoodMachine)
{
    EXPECT_THAT(complaints(examine_it(a_good_machine())), IsEmpty());
}

TEST(Doctor, FindsAKernelWithoutSchedExt)
{
    Machine machine = a_good_machine();
    machine.sched_ext_state.reset();
    machine.options->erase("CONFIG_SCHED_CLASS_EXT");
    const auto findings = examine_it(machine);
    EXPECT_THAT(complaints(findings), Contains("kernel"));
    EXPECT_THAT(complaints(findings), Contains("CONFIG_SCHED_CLASS_EXT"));
    EXPECT_TRUE(has_problem(findings));
}

TEST(Doctor, FindsWhatTheMachineLacks)
{
    Machine machine = a_good_machine();
    machine.has_btf = false;
    machine.has_cgroup2 = false;
    machine.bounding_set = 0xa80425fbULL; // a usual container
    machine.lockdown = "confidentiality";
    const auto found = complaints(examine_it(machine));
    for (const char *subject : {"BTF", "cgroups", "capabilities", "lockdown"})
        EXPECT_THAT(found, Contains(subject));
}

TEST(Doctor, FindsAnotherScheduler)
{
    Machine machine = a_good_machine();
    machine.attached = "rusty_1.0.5";
    EXPECT_THAT(complaints(examine_it(machine)), Contains("scheduler"));
    machine.attached.clear();
    EXPECT_THAT(complaints(examine_it(machine)), Contains("scheduler"));
}

TEST(Doctor, KnowsTheBugsOfAnOldKernel)
{
    Machine machine = a_good_machine();
    machine.release = "6.12.107+deb13-amd64";
    const auto found = complaints(examine_it(machine));
    for (const char *bug : {"CVE-2026-43392", "CVE-2026-43482", "CVE-2026-46154", "lockless-peek",
                            "no-deadline-server"})
        EXPECT_THAT(found, Contains(bug));
    EXPECT_THAT(found, Not(Contains("core-scheduling")));
    EXPECT_FALSE(has_problem(examine_it(machine)));
}

TEST(Doctor, KnowsTheBugsOfTheMachinesKind)
{
    Machine machine = a_good_machine();
    machine.has_smt = true;
    machine.nohz_full = "4-7";
    EXPECT_EQ(complaints(examine_it(machine)),
              (std::vector<std::string>{"core-scheduling", "nohz-full"}));
}

TEST(Doctor, SaysWhatTheServiceSays)
{
    const Machine machine = a_good_machine();
    const auto page = parse_kernels_page(kernels_page());
    ServiceSnapshot service = a_running_service();
    service.state = "degraded";
    service.state_reason = "apply-failed";
    service.last_exit.kind = 1026;
    service.last_exit.reason = "stall";
    const auto text = render_findings(examine(machine, page, service), Style::plain);
    EXPECT_THAT(text, HasSubstr("problem  service: degraded: apply-failed"));
    EXPECT_THAT(text, HasSubstr("warning  last exit: the kernel ended the scheduler: stall"));
    const auto absent =
        examine(machine, page, std::unexpected(Failure{ExitStatus::not_running, "not running"}));
    EXPECT_THAT(render_findings(absent, Style::plain), HasSubstr("note  service: not running"));
}

/// What it says of the cells of a service without a parent cgroup.
std::string words_about_cells(std::uint32_t cell_count)
{
    ServiceSnapshot service = a_running_service();
    service.cell_parent_cgroup = "";
    service.cell_count = cell_count;
    const auto page = parse_kernels_page(kernels_page());
    for (const Finding &finding : examine(a_good_machine(), page, service))
        if (finding.subject == "cells")
            return finding.text;
    return "";
}

TEST(Doctor, KnowsCellsWithoutAParentCgroup)
{
    EXPECT_EQ(words_about_cells(3), "2 of cgroups with a cpuset of their own");
    EXPECT_THAT(words_about_cells(1), HasSubstr("everything is in cell 0"));
    EXPECT_THAT(words_about_cells(0), HasSubstr("everything is in cell 0")); // not yet divided
}

TEST(KernelsPage, HoldsBothTables)
{
    const auto page = parse_kernels_page(kernels_page());
    EXPECT_EQ(page.options.size(), 7U);
    EXPECT_EQ(page.bugs.size(), 7U);
    for (const KernelBug &bug : page.bugs) {
        EXPECT_THAT(bug.machine, ::testing::AnyOf("any", "smt", "nohz_full", "cgroup-weights"));
        EXPECT_FALSE(bug.effect.empty() || bug.advice.empty()) << bug.name;
    }
    EXPECT_EQ(parse_kernel_version("7.3.4+deb13"), (KernelVersion{.major = 7, .minor = 3}));
    EXPECT_FALSE(parse_kernel_version("never"));
}

TEST(Machine, IsReadFromFiles)
{
    const sys::TemporaryDirectory root;
    root.write("proc/sys/kernel/osrelease", "7.3.4-test\n");
    root.write("boot/config-7.3.4-test", "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=m\n");
    root.write("sys/kernel/sched_ext/state", "enabled\n");
    root.write("sys/kernel/sched_ext/root/ops", "mitosis\n");
    root.write("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
    root.write("sys/fs/cgroup/cgroup.controllers", "cpuset cpu\n");
    root.write("proc/1/status", "Name:\tx\nCapBnd:\t000001ffffffffff\n");
    root.write("sys/devices/system/cpu/smt/active", "1\n");
    root.write("sys/devices/system/cpu/nohz_full", "(null)\n");
    const Machine machine = read_machine(root.path());
    EXPECT_EQ(machine.release, "7.3.4-test");
    EXPECT_EQ(machine.options->size(), 2U);
    EXPECT_EQ(machine.sched_ext_state, "enabled");
    EXPECT_EQ(machine.attached, "mitosis");
    EXPECT_EQ(machine.lockdown, "integrity");
    EXPECT_EQ(machine.bounding_set, 0x1ffffffffffULL);
    EXPECT_TRUE(machine.has_smt && machine.has_cgroup2);
    EXPECT_FALSE(machine.has_btf || machine.has_polkit || machine.has_unit);
    EXPECT_EQ(machine.nohz_full, "");
}

} // namespace

} // namespace mitosis::ctl
