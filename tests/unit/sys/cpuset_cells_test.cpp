// SPDX-License-Identifier: GPL-2.0-only
#include "temporary_directory.hpp"

#include "core/cgroup_scan.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "sys/cpuset_cells.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mitosis::sys {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// On a machine with eight CPUs.
class CpusetCells : public testing::Test {
protected:
    void make(const std::string &path, const std::string &requested, const std::string &effective)
    {
        root_.write(path + "/cpuset.cpus", requested + "\n");
        root_.write(path + "/cpuset.cpus.effective", effective + "\n");
    }

    /// "PATH CPUS" of each.
    [[nodiscard]] std::vector<std::string> found(const CpuSet &online = CpuSet::range(0, 7))
    {
        const auto scan = scan_cpusets(root_.path(), online);
        EXPECT_TRUE(scan) << to_string(scan.error());
        std::vector<std::string> cells;
        for (const CgroupEntry &cell : scan->children)
            cells.push_back(cell.path + " " + to_cpu_list(cell.cpuset.value_or(CpuSet{})));
        return cells;
    }

    TemporaryDirectory root_;
};

TEST_F(CpusetCells, AreCgroupsWithACpusetOfTheirOwn)
{
    make("a", "0-3", "0-3");
    make("b", "", "0-7");
    root_.make_directory("c");
    EXPECT_THAT(found(), ElementsAre("/a 0-3"));
}

TEST_F(CpusetCells, AreNotThoseThatCoverAllCpus)
{
    make("a", "0-7", "0-7");
    make("b", "0-15", "0-7");
    make("c", "0-6", "0-6");
    EXPECT_THAT(found(), ElementsAre("/c 0-6"));
}

TEST_F(CpusetCells, CountOnlineCpusOnly)
{
    make("a", "0-5", "0-5");
    EXPECT_THAT(found(CpuSet::range(0, 5)), IsEmpty());
    EXPECT_THAT(found(CpuSet::range(0, 6)), ElementsAre("/a 0-5"));
}

TEST_F(CpusetCells, MayBeNested)
{
    make("a", "0-3", "0-3");
    make("a/b", "", "0-3");
    make("a/b/c", "0-1", "0-1");
    EXPECT_THAT(found(), ElementsAre("/a 0-3", "/a/b/c 0-1"));
}

TEST_F(CpusetCells, StayWithinTheirAncestors)
{
    make("a", "0-3", "0-3");
    make("a/b", "2-5", "2-3");
    EXPECT_THAT(found(), ElementsAre("/a 0-3", "/a/b 2-3"));
}

TEST_F(CpusetCells, LeaveOutPartitionsBelowThem)
{
    make("a", "0-3", "0-1");
    make("a/partition", "2-3", "2-3");
    EXPECT_THAT(found(), ElementsAre("/a 0-1", "/a/partition 2-3"));
}

TEST_F(CpusetCells, MayOverlap)
{
    make("a", "0-3", "0-3");
    make("b", "2-5", "2-5");
    EXPECT_THAT(found(), ElementsAre("/a 0-3", "/b 2-5"));
}

/// As the kernel does where none of the requested CPUs is online.
TEST_F(CpusetCells, AreNotThoseThatFellBackToAllCpus)
{
    make("a", "9", "0-7");
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(CpusetCells, AreNotLookedForWhereTheControllerIsOff)
{
    make("off/a", "0-3", "0-3");
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(CpusetCells, AreGoneWithTheirCpuset)
{
    make("a", "0-3", "0-3");
    make("a", "", "0-7");
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(CpusetCells, NeedARoot)
{
    EXPECT_FALSE(scan_cpusets(root_.path("nowhere"), CpuSet::range(0, 7)));
}

} // namespace
} // namespace mitosis::sys
