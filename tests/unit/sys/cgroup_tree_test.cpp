// SPDX-License-Identifier: GPL-2.0-only
#include "temporary_directory.hpp"

#include "core/cgroup_scan.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "sys/cgroup_tree.hpp"
#include "sys/unique_fd.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mitosis::sys {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Result<CpuSet> all_online()
{
    return CpuSet::range(0, 7);
}

class ACgroupTree : public testing::Test {
protected:
    CgroupScan scan(std::optional<std::string> parent, std::vector<std::string> exclude = {})
    {
        auto found =
            CgroupTree(root_.path(), all_online, std::move(parent), std::move(exclude)).scan();
        EXPECT_TRUE(found) << to_string(found.error());
        return found ? *found : CgroupScan{};
    }

    static std::vector<std::string> paths_of(const CgroupScan &scan)
    {
        std::vector<std::string> paths;
        for (const CgroupEntry &child : scan.children)
            paths.push_back(child.path);
        return paths;
    }

    TemporaryDirectory root_;
};

TEST_F(ACgroupTree, ReadsWeights)
{
    root_.write("apps/a/cpu.weight", "300\n");
    root_.write("apps/idle/cpu.weight", "0\n");
    root_.make_directory("apps/without");
    const CgroupScan found = scan("/apps");
    ASSERT_EQ(found.children.size(), 3U);
    EXPECT_EQ(found.children[0].weight, 300U);
    EXPECT_EQ(found.children[1].weight, 1U);
    EXPECT_EQ(found.children[2].weight, 100U);
}

TEST_F(ACgroupTree, ReadsWhichHaveTasks)
{
    root_.write("apps/busy/cgroup.events", "populated 1\nfrozen 0\n");
    root_.write("apps/empty/cgroup.events", "populated 0\nfrozen 1\n");
    root_.make_directory("apps/unknown");
    const CgroupScan found = scan("/apps");
    ASSERT_EQ(found.children.size(), 3U);
    EXPECT_TRUE(found.children[0].populated);
    EXPECT_FALSE(found.children[1].populated);
    EXPECT_TRUE(found.children[2].populated);
}

TEST_F(ACgroupTree, LooksForQuotasNowAndThen)
{
    root_.write("other/cpu.max", "1000 100000\n");
    CgroupTree tree(root_.path(), all_online, "/apps", {});
    EXPECT_EQ(tree.scan()->quotas->size(), 1U);
    for (int scan = 1; scan < 10; ++scan)
        EXPECT_FALSE(tree.scan()->quotas);
    EXPECT_TRUE(tree.scan()->quotas);
}

TEST_F(ACgroupTree, LooksForCpusetsWhereNoParentIsConfigured)
{
    root_.write("a/cpuset.cpus", "0-1\n");
    root_.make_directory("b");
    EXPECT_THAT(paths_of(scan(std::nullopt)), ElementsAre("/a"));
}

TEST_F(ACgroupTree, FindsNoParentWhereNoneExists)
{
    EXPECT_FALSE(scan("/work.slice").parent_present);
    EXPECT_THAT(scan("/work.slice").children, IsEmpty());
}

TEST_F(ACgroupTree, TakesAFileForNoParent)
{
    root_.write("work.slice", "");
    EXPECT_FALSE(scan("/work.slice").parent_present);
}

TEST_F(ACgroupTree, ListsDirectChildrenByPath)
{
    for (const char *child : {"apps/b", "apps/a/deep", "apps/c", "other"})
        root_.make_directory(child);
    const CgroupScan found = scan("/apps");
    EXPECT_TRUE(found.parent_present);
    EXPECT_THAT(paths_of(found), ElementsAre("/apps/a", "/apps/b", "/apps/c"));
}

TEST_F(ACgroupTree, ListsTheChildrenOfTheRoot)
{
    root_.make_directory("a");
    EXPECT_THAT(paths_of(scan("/")), ElementsAre("/a"));
}

TEST_F(ACgroupTree, IgnoresFilesAndLinks)
{
    root_.write("apps/cgroup.procs", "");
    root_.make_directory("elsewhere");
    root_.link("apps/link", root_.path("elsewhere"));
    EXPECT_THAT(paths_of(scan("/apps")), IsEmpty());
}

TEST_F(ACgroupTree, LeavesExcludedChildrenOut)
{
    for (const char *child : {"apps/a", "apps/b", "apps/ab"})
        root_.make_directory(child);
    EXPECT_THAT(paths_of(scan("/apps", {"a", "b"})), ElementsAre("/apps/ab"));
}

TEST_F(ACgroupTree, LeavesChildrenOutByPattern)
{
    for (const char *child : {"apps/a.scope", "apps/b.scope", "apps/web"})
        root_.make_directory(child);
    EXPECT_THAT(paths_of(scan("/apps", {"*.scope"})), ElementsAre("/apps/web"));
}

TEST_F(ACgroupTree, TakesTheInodeNumberForTheId)
{
    root_.make_directory("apps/a");
    struct stat status{};
    ASSERT_EQ(::stat(root_.path("apps/a").c_str(), &status), 0);
    EXPECT_EQ(scan("/apps").children.at(0).id, CgroupId{status.st_ino});
}

TEST_F(ACgroupTree, ReadsTheRequestedCpuset)
{
    root_.write("apps/a/cpuset.cpus", "0-1,4\n");
    EXPECT_EQ(scan("/apps").children.at(0).cpuset, (CpuSet{0, 1, 4}));
}

TEST_F(ACgroupTree, TakesAnEmptyCpusetForNone)
{
    root_.write("apps/a/cpuset.cpus", "\n");
    root_.make_directory("apps/b");
    for (const CgroupEntry &child : scan("/apps").children)
        EXPECT_EQ(child.cpuset, std::nullopt) << child.path;
}

TEST_F(ACgroupTree, DoesNotTakeAnotherFailureForNoCpuset)
{
    root_.make_directory("apps/a/cpuset.cpus"); // reading it gives EISDIR
    const auto found = CgroupTree(root_.path(), all_online, "/apps", {}).scan();
    ASSERT_FALSE(found);
    EXPECT_EQ(to_string(found.error()), "/apps/a: read cpuset.cpus: Is a directory");
}

TEST_F(ACgroupTree, LooksAtAnotherParentWhenTold)
{
    root_.make_directory("apps/a");
    root_.make_directory("play/b");
    CgroupTree tree(root_.path(), all_online, "/apps", {});
    tree.look_at("/play", {});
    EXPECT_THAT(paths_of(*tree.scan()), ElementsAre("/play/b"));
}

/// Whoever reads the file waits until it is opened for writing; then its cgroup is gone.
class RemovedWhileRead {
public:
    RemovedWhileRead(const TemporaryDirectory &root, const std::string &cgroup,
                     const std::string &file)
    {
        root.make_directory(cgroup);
        const std::string path = root.path(cgroup + "/" + file);
        EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
        remover_ = std::jthread([&root, cgroup, path] {
            const UniqueFd reader_is_there(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
            root.remove(cgroup);
        });
    }

private:
    std::jthread remover_;
};

TEST_F(ACgroupTree, LeavesOutAChildThatIsRemovedWhileItIsRead)
{
    const RemovedWhileRead going(root_, "apps/going", "cpuset.cpus");
    root_.make_directory("apps/staying");
    EXPECT_THAT(paths_of(scan("/apps")), ElementsAre("/apps/staying"));
}

TEST_F(ACgroupTree, LeavesOutACpusetThatIsRemovedWhileItIsRead)
{
    root_.write("a/cpuset.cpus", "0-1\n");
    const RemovedWhileRead going(root_, "a", "cpuset.cpus.effective");
    EXPECT_THAT(paths_of(scan(std::nullopt)), IsEmpty());
}

TEST_F(ACgroupTree, TakesWhatTheKernelGrantsOfACpuset)
{
    root_.write("apps/a/cpuset.cpus", "0-7\n");
    root_.write("apps/a/cpuset.cpus.effective", "0-3\n"); // the parent has no more
    const CgroupScan found = scan("/apps");
    ASSERT_EQ(found.children.size(), 1U);
    EXPECT_EQ(found.children[0].cpuset, CpuSet::range(0, 3));
}

/// As where a partition has taken CPUs out.
TEST_F(ACgroupTree, KnowsWhatIsLeftToTheRoot)
{
    root_.make_directory("apps");
    root_.write("cpuset.cpus.effective", "0-5\n");
    EXPECT_EQ(scan("/apps").root_cpuset, CpuSet::range(0, 5));
    EXPECT_EQ(scan("/none").root_cpuset, CpuSet::range(0, 5));
    EXPECT_EQ(scan(std::nullopt).root_cpuset, CpuSet::range(0, 5));
}

TEST_F(ACgroupTree, TakesARootWithAllOnlineCpusForUnlimited)
{
    root_.make_directory("apps");
    EXPECT_EQ(scan("/apps").root_cpuset, std::nullopt); // no cpuset controller
    root_.write("cpuset.cpus.effective", "0-7\n");
    EXPECT_EQ(scan("/apps").root_cpuset, std::nullopt);
}

TEST_F(ACgroupTree, TakesNoOfflineCpuForALimit)
{
    root_.write("cpuset.cpus.effective", "0-5\n"); // the kernel leaves out what is offline
    root_.write("apps/a/cpuset.cpus", "\n");
    root_.write("apps/a/cpuset.cpus.effective", "0-5\n");
    const auto six_online = [] { return Result<CpuSet>(CpuSet::range(0, 5)); };
    const auto found = CgroupTree(root_.path(), six_online, "/apps", {}).scan();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->root_cpuset, std::nullopt);
    EXPECT_EQ(found->children.at(0).cpuset, std::nullopt);
}

TEST_F(ACgroupTree, KnowsTheLimitOfAncestorsWhereAChildHasNone)
{
    root_.write("apps/a/cpuset.cpus", "\n");
    root_.write("apps/a/cpuset.cpus.effective", "0-3\n");
    root_.write("apps/b/cpuset.cpus", "\n");
    root_.write("apps/b/cpuset.cpus.effective", "0-7\n"); // all there is
    const CgroupScan found = scan("/apps");
    ASSERT_EQ(found.children.size(), 2U);
    EXPECT_EQ(found.children[0].cpuset, CpuSet::range(0, 3));
    EXPECT_EQ(found.children[1].cpuset, std::nullopt);
}

} // namespace
} // namespace mitosis::sys
