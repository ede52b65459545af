// SPDX-License-Identifier: GPL-2.0-only
#include "temporary_directory.hpp"

#include "core/cgroup_scan.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "sys/cgroup_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::sys {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ACgroupTree : public testing::Test {
protected:
    CgroupScan scan(std::optional<std::string> parent, std::vector<std::string> exclude = {})
    {
        auto found = CgroupTree(root_.path(), std::move(parent), std::move(exclude)).scan();
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

TEST_F(ACgroupTree, FindsNoParentWhereNoneIsConfigured)
{
    EXPECT_EQ(scan(std::nullopt), CgroupScan{});
}

TEST_F(ACgroupTree, FindsNoParentWhereNoneExists)
{
    EXPECT_EQ(scan("/work.slice"), CgroupScan{});
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
    const auto found = CgroupTree(root_.path(), "/apps", {}).scan();
    ASSERT_FALSE(found);
    EXPECT_EQ(to_string(found.error()), "/apps: a: read cpuset.cpus: Is a directory");
}

TEST_F(ACgroupTree, LooksAtAnotherParentWhenTold)
{
    root_.make_directory("apps/a");
    root_.make_directory("play/b");
    CgroupTree tree(root_.path(), "/apps", {});
    tree.look_at("/play", {});
    EXPECT_THAT(paths_of(*tree.scan()), ElementsAre("/play/b"));
}

} // namespace
} // namespace mitosis::sys
