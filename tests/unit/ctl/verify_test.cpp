// SPDX-License-Identifier: GPL-2.0-only
#include "temporary_directory.hpp"

#include "ctl/finding.hpp"
#include "ctl/snapshot.hpp"
#include "ctl/verify.hpp"
#include "support/builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace mitosis::ctl {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct World {
    ServiceSnapshot service;
    std::vector<CellSnapshot> cells;
    KernelView kernel;
};

/// CPUs 0-3; /w/web owns 2-3 and its cpuset is 2-3.
World a_world()
{
    World world;
    world.service.scheduler = "mitosis";
    world.service.managed_cpus = {0, 1, 2, 3};
    world.service.cell_parent_cgroup = "/w";
    world.service.config["cell-exclude"] = std::vector<std::string>{"id?e"};
    world.cells.resize(2);
    world.cells[0].cgroup = "/";
    world.cells[0].cpus = {0, 1};
    world.cells[1].id = 1;
    world.cells[1].cgroup = "/w/web";
    world.cells[1].cgroup_id = 77;
    world.cells[1].cpus = {2, 3};
    world.service.kernel_owners = KernelOwners{{0, {0, 1}}, {1, {2, 3}}};
    world.kernel = {.state = "enabled",
                    .attached = "mitosis",
                    .online = test::cpus("0-3"),
                    .cgroups = {{.path = "/w/web", .id = 77, .effective = test::cpus("2-3")},
                                {.path = "/w/idle", .id = 78, .effective = {}}}};
    return world;
}

/// The subjects that drifted once the world was changed so.
std::vector<std::string> drifts(const std::function<void(World &)> &change)
{
    World world = a_world();
    change(world);
    std::vector<std::string> subjects;
    for (const Finding &finding : verify(world.service, world.cells, world.kernel))
        if (finding.severity == Severity::problem)
            subjects.push_back(finding.subject);
    return subjects;
}

TEST(Verify, FindsNoDriftWhereThereIsNone)
{
    EXPECT_THAT(drifts([](World &) {}), IsEmpty());
}

TEST(Verify, FindsThatTheSchedulerIsNotAttached)
{
    EXPECT_THAT(drifts([](World &world) { world.kernel.state = "disabled"; }),
                ElementsAre("scheduler"));
    EXPECT_THAT(drifts([](World &world) { world.kernel.attached = "other"; }),
                ElementsAre("scheduler"));
}

TEST(Verify, FindsACpuThatCameOnline)
{
    EXPECT_THAT(drifts([](World &world) { world.kernel.online = test::cpus("0-4"); }),
                ElementsAre("online CPUs"));
}

TEST(Verify, FindsACpuWithTwoOwnersOrNone)
{
    // The kernel then differs from the plan, too.
    EXPECT_THAT(drifts([](World &world) { world.cells[0].cpus = {0, 1, 2}; }),
                ElementsAre("owners", "kernel"));
    EXPECT_THAT(drifts([](World &world) { world.cells[0].cpus = {0}; }),
                ElementsAre("owners", "kernel"));
}

TEST(Verify, FindsAnotherOwnerInTheKernel)
{
    World world = a_world();
    world.service.kernel_owners = KernelOwners{{0, {0, 1, 2, 3}}};
    const auto findings = verify(world.service, world.cells, world.kernel);
    const auto found = std::ranges::find(findings, "kernel", &Finding::subject);
    ASSERT_NE(found, findings.end());
    EXPECT_EQ(found->severity, Severity::problem);
    EXPECT_EQ(found->text, "cell 0 has 0-3 in the kernel, 0-1 in the plan; "
                           "cell 1 has no CPU in the kernel, 2-3 in the plan");
}

TEST(Verify, FindsThatTheKernelHasNoOwnersAtAll)
{
    EXPECT_THAT(drifts([](World &world) { world.service.kernel_owners = KernelOwners{}; }),
                ElementsAre("kernel"));
}

TEST(Verify, SaysThatAnOlderServiceDoesNotTellOwners)
{
    EXPECT_THAT(drifts([](World &world) { world.service.kernel_owners.reset(); }), IsEmpty());
}

TEST(Verify, FindsACgroupWithoutACellAndACellWithoutACgroup)
{
    EXPECT_THAT(drifts([](World &world) {
                    world.kernel.cgroups.push_back({.path = "/w/new", .id = 5, .effective = {}});
                }),
                ElementsAre("cells"));
    EXPECT_THAT(drifts([](World &world) { world.kernel.cgroups.clear(); }), ElementsAre("cells"));
}

TEST(Verify, FindsTheSameNameOnAnotherCgroup)
{
    EXPECT_THAT(drifts([](World &world) { world.kernel.cgroups[0].id = 99; }),
                ElementsAre("cells"));
}

TEST(Verify, FindsCpusOutsideTheCpuset)
{
    EXPECT_THAT(drifts([](World &world) { world.kernel.cgroups[0].effective = test::cpus("3"); }),
                ElementsAre("cpusets"));
}

/// /a/web has a cpuset, and no parent is named.
World a_world_of_cpusets()
{
    World world = a_world();
    world.service.cell_parent_cgroup = "";
    world.cells[1].cgroup = "/a/web";
    world.kernel.cgroups = {{.path = "/a/web", .id = 77, .effective = test::cpus("2-3")}};
    return world;
}

std::vector<Finding> problems_of(const World &world)
{
    auto findings = verify(world.service, world.cells, world.kernel);
    std::erase_if(findings, [](const auto &each) { return each.severity != Severity::problem; });
    return findings;
}

TEST(VerifyWithoutAParent, FindsNoDriftWhereThereIsNone)
{
    EXPECT_TRUE(problems_of(a_world_of_cpusets()).empty());
}

TEST(VerifyWithoutAParent, FindsACellWhoseCpusetIsGone)
{
    World world = a_world_of_cpusets();
    world.kernel.cgroups.clear();
    const auto problems = problems_of(world);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].text,
              "cell 1 is of /a/web, which is gone or has no cpuset of its own any more");
}

TEST(VerifyWithoutAParent, ExcludesNoName)
{
    World world = a_world_of_cpusets();
    world.kernel.cgroups.push_back({.path = "/b/idle", .id = 5, .effective = test::cpus("1")});
    const auto problems = problems_of(world);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].text, "/b/idle has no cell");
}

TEST(KernelView, FindsCgroupsWithACpusetWhereverTheyStand)
{
    const sys::TemporaryDirectory root;
    const auto make = [&root](const std::string &path, const std::string &cpus,
                              const std::string &effective) {
        root.write("sys/fs/cgroup" + path + "/cpuset.cpus", cpus + "\n");
        root.write("sys/fs/cgroup" + path + "/cpuset.cpus.effective", effective + "\n");
    };
    root.write("sys/devices/system/cpu/online", "0-3\n");
    make("/plain", "", "0-3");
    make("/plain/web", "2", "2");
    make("/plain/web/part", "2", "2");
    make("/whole", "0-3", "0-3");
    make("/beyond", "8", "0-3"); // asks for what is not there, and gets all
    const KernelView view = read_kernel_view("", root.path());
    std::vector<std::string> paths;
    for (const CellCgroup &cgroup : view.cgroups)
        paths.push_back(cgroup.path);
    EXPECT_THAT(paths, ::testing::UnorderedElementsAre("/plain/web", "/plain/web/part"));
}

TEST(KernelView, IsReadFromFiles)
{
    const sys::TemporaryDirectory root;
    root.write("sys/kernel/sched_ext/state", "enabled\n");
    root.write("sys/kernel/sched_ext/root/ops", "mitosis\n");
    root.write("sys/devices/system/cpu/online", "0-1\n");
    root.write("sys/fs/cgroup/w/web/cpuset.cpus.effective", "1\n");
    root.write("sys/fs/cgroup/w/cgroup.procs", "");
    const KernelView view = read_kernel_view("/w", root.path());
    EXPECT_EQ(view.state + view.attached, "enabledmitosis");
    EXPECT_EQ(view.online, test::cpus("0-1"));
    ASSERT_EQ(view.cgroups.size(), 1U);
    struct stat status{};
    ASSERT_EQ(::stat(root.path("sys/fs/cgroup/w/web").c_str(), &status), 0);
    EXPECT_EQ(view.cgroups[0].id, status.st_ino);
    EXPECT_EQ(view.cgroups[0].path, "/w/web");
    EXPECT_EQ(view.cgroups[0].effective, test::cpus("1"));
}

} // namespace

} // namespace mitosis::ctl
