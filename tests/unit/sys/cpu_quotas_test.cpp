// SPDX-License-Identifier: GPL-2.0-only
#include "temporary_directory.hpp"

#include "core/cgroup_scan.hpp"
#include "core/error.hpp"
#include "sys/cpu_quotas.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace mitosis::sys {
namespace {

using std::chrono::microseconds;
using testing::ElementsAre;
using testing::IsEmpty;

class CpuQuotas : public testing::Test {
protected:
    void make(const std::string &path, const std::string &limit)
    {
        root_.write(path + "/cpu.max", limit + "\n");
    }
    [[nodiscard]] std::vector<CpuQuota> found()
    {
        const auto quotas = find_cpu_quotas(root_.path());
        EXPECT_TRUE(quotas) << to_string(quotas.error());
        return quotas.value_or(std::vector<CpuQuota>());
    }

    TemporaryDirectory root_;
};

TEST_F(CpuQuotas, AreFoundAtEveryDepth)
{
    make("a", "max 100000");
    make("a/b", "max 100000");
    make("a/b/c", "50000 100000");
    make("a-b", "200000 50000");
    EXPECT_THAT(found(),
                ElementsAre(CpuQuota{"/a-b", microseconds(200'000), microseconds(50'000)},
                            CpuQuota{"/a/b/c", microseconds(50'000), microseconds(100'000)}));
}

TEST_F(CpuQuotas, AreNotLookedForWhereTheControllerIsOff)
{
    root_.make_directory("off");
    make("off/a", "1000 100000");
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(CpuQuotas, AreRefusedWhenTheyMakeNoSense)
{
    make("a", "many");
    EXPECT_FALSE(find_cpu_quotas(root_.path()));
}

} // namespace
} // namespace mitosis::sys
