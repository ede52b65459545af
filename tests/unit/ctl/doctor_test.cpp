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
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

namespace mitosis::ctl {

namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

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

/// The finding on that subject; an empty one where there is none.
Finding finding_on(const std::string &subject, const std::vector<Finding> &findings)
{
    const auto found = std::ranges::find(findings, subject, &Finding::subject);
    return found == findings.end() ? Finding{} : *found;
}

TEST(Doctor, SaysWhetherAKernelIsTooOldOrBuiltWithout)
{
    Machine machine = a_good_machine();
    machine.sched_ext_state.reset();
    EXPECT_EQ(finding_on("kernel", examine_it(machine)).text, "7.3.4+deb13-amd64 has no sched_ext");
    machine.release = "6.11.10-amd64";
    EXPECT_EQ(finding_on("kernel", examine_it(machine)).text,
              "6.11.10-amd64 is older than 6.12, the first with sched_ext");
}

TEST(Doctor, FindsAnOldHierarchyWithoutCpusets)
{
    Machine machine = a_good_machine();
    machine.controllers = "cpu io";
    const Finding finding = finding_on("cgroups", examine_it(machine));
    EXPECT_EQ(finding.severity, Severity::warning);
    EXPECT_EQ(finding.text, "v2, but without the cpuset controller");
    EXPECT_THAT(finding.advice, HasSubstr("AllowedCPUs="));
}

TEST(Doctor, TellsADeadBusFromAnAbsentService)
{
    const auto page = parse_kernels_page(kernels_page());
    Machine machine = a_good_machine();
    EXPECT_EQ(finding_on("bus", examine_it(machine)).severity, Severity::good);
    machine.bus_problem = "cannot connect to the system bus: no such file";
    const auto findings =
        examine(machine, page, std::unexpected(Failure{ExitStatus::failure, "cannot connect"}));
    EXPECT_EQ(finding_on("bus", findings).severity, Severity::problem);
    EXPECT_EQ(finding_on("bus", findings).text, machine.bus_problem);
    EXPECT_THAT(finding_on("bus", findings).advice, HasSubstr("systemctl start dbus.socket"));
    EXPECT_EQ(finding_on("service", findings).severity, Severity::note);
}

TEST(Doctor, TellsAMissingUnitFromAServiceThatRests)
{
    const auto page = parse_kernels_page(kernels_page());
    const auto absent = std::unexpected(Failure{ExitStatus::not_running, "not running"});
    Machine machine = a_good_machine();
    machine.attached.clear();
    EXPECT_EQ(finding_on("service", examine(machine, page, absent)).severity, Severity::note);
    machine.has_unit = false;
    const Finding missing = finding_on("service", examine(machine, page, absent));
    EXPECT_EQ(missing.severity, Severity::problem);
    EXPECT_EQ(missing.text, "the unit scx-mitosis.service is not installed");
}

TEST(Doctor, KnowsAServiceThatIsNotOnTheBus)
{
    const auto findings = examine(a_good_machine(), parse_kernels_page(kernels_page()),
                                  std::unexpected(Failure{ExitStatus::not_running, "not running"}));
    EXPECT_THAT(finding_on("service", findings).text,
                HasSubstr("the kernel runs the scheduler mitosis_0.1.0"));
}

TEST(Doctor, TellsAnAbsentPolkitFromAMaskedOne)
{
    Machine machine = a_good_machine();
    EXPECT_EQ(finding_on("polkit", examine_it(machine)).severity, Severity::good);
    machine.polkit_is_masked = true;
    EXPECT_THAT(finding_on("polkit", examine_it(machine)).text, HasSubstr("is masked"));
    machine.has_polkit = false;
    EXPECT_THAT(finding_on("polkit", examine_it(machine)).text, HasSubstr("not installed"));
    EXPECT_EQ(finding_on("polkit", examine_it(machine)).severity, Severity::note);
    EXPECT_THAT(finding_on("polkit", examine_it(machine)).advice, HasSubstr("apt install polkitd"));
}

/// Everything is wrong with it.
Machine a_bad_machine()
{
    Machine machine;
    machine.release = "6.11.0";
    machine.options.emplace();
    machine.attached = "rusty";
    machine.lockdown = "confidentiality";
    machine.bounding_set = 0;
    machine.has_smt = true;
    machine.nohz_full = "1";
    return machine;
}

TEST(Doctor, SaysWhatToDoAboutEachTrouble)
{
    const auto page = parse_kernels_page(kernels_page());
    Machine without_bus = a_bad_machine();
    without_bus.bus_problem = "gone";
    Machine without_cpusets = a_bad_machine();
    without_cpusets.has_cgroup2 = true;
    ServiceSnapshot detached = a_running_service();
    detached.state = "detached";
    detached.last_exit.kind = 1026;
    Machine unattached = a_bad_machine();
    unattached.attached.clear();
    const auto silent = std::unexpected(Failure{ExitStatus::failure, "does not answer"});
    std::vector<Finding> findings = examine(without_bus, page, silent);
    std::ranges::move(examine(without_cpusets, page, detached), std::back_inserter(findings));
    std::ranges::move(examine(unattached, page, a_running_service()), std::back_inserter(findings));
    std::ranges::move(examine(a_good_machine(), page, silent), std::back_inserter(findings));
    EXPECT_GE(complaints(findings).size(), 30U);
    for (const Finding &finding : findings) {
        if (finding.severity == Severity::problem || finding.severity == Severity::warning) {
            EXPECT_NE(finding.advice, "") << finding.subject << ": " << finding.text;
        }
    }
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
    Machine resting = machine;
    resting.attached.clear();
    const auto absent =
        examine(resting, page, std::unexpected(Failure{ExitStatus::not_running, "not running"}));
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

TEST(Machine, KnowsAMaskedPolkit)
{
    const sys::TemporaryDirectory root;
    EXPECT_FALSE(read_machine(root.path()).polkit_is_masked);
    root.make_directory("run/systemd/system");
    std::filesystem::create_symlink("/dev/null",
                                    root.path() + "/run/systemd/system/polkit.service");
    EXPECT_TRUE(read_machine(root.path()).polkit_is_masked);
}

void write_compressed(const std::string &path, const std::string &text)
{
    gzFile file = ::gzopen(path.c_str(), "wb");
    ASSERT_NE(file, nullptr) << path;
    EXPECT_EQ(::gzwrite(file, text.data(), static_cast<unsigned>(text.size())),
              static_cast<int>(text.size()));
    EXPECT_EQ(::gzclose(file), Z_OK);
}

TEST(Machine, HasTheOptionsThatItsKernelTells)
{
    const sys::TemporaryDirectory root;
    root.write("proc/sys/kernel/osrelease", "7.3.4-test\n");
    EXPECT_FALSE(read_machine(root.path()).options);
    root.write("usr/lib/modules/7.3.4-test/config", "CONFIG_A=y\n");
    EXPECT_THAT(*read_machine(root.path()).options, ElementsAre(Pair("CONFIG_A", "y")));
    write_compressed(root.path() + "/proc/config.gz", "# CONFIG_A is not set\nCONFIG_B=m\n");
    EXPECT_THAT(*read_machine(root.path()).options, ElementsAre(Pair("CONFIG_B", "m")));
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
