// SPDX-License-Identifier: GPL-2.0-only
#include "fake_machine.hpp"

#include "core/assignment.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "daemon/exit_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>

namespace mitosis::daemon {
namespace {

class CpuHotplug : public testing::Test {
protected:
    CpuHotplug() { machine_.make_cgroup("/apps.slice/a"); }

    /// Of all cells as applied last.
    [[nodiscard]] CpuSet divided() const
    {
        CpuSet cpus;
        if (!machine_.kernel.applied.empty())
            for (const CellCpus &cell : machine_.kernel.applied.back().cells)
                cpus |= cell.primary;
        return cpus;
    }
    [[nodiscard]] std::function<bool()> divides(const CpuSet &cpus) const
    {
        return [this, cpus] { return divided() == cpus; };
    }
    [[nodiscard]] std::function<void()> put_online(const CpuSet &cpus)
    {
        return [this, cpus] { machine_.set_online(cpus); };
    }

    FakeMachine machine_;
};

TEST_F(CpuHotplug, IsFollowedWithoutAttachingAnew)
{
    const CpuSet all = CpuSet::range(0, 7);
    const CpuSet some = CpuSet::range(0, 5);
    EXPECT_EQ(machine_.run({{divides(all), put_online(some)},
                            {divides(some), put_online(all)},
                            {divides(all), terminate}}),
              ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.attaches, 1);
}

TEST_F(CpuHotplug, IsFollowedThoughTheIntervalIsLong)
{
    machine_.write_config("cell-parent-cgroup = '/apps.slice'\nmonitor-interval-s = 3600\n");
    const CpuSet some = CpuSet::range(0, 5);
    EXPECT_EQ(machine_.run(
                  {{divides(CpuSet::range(0, 7)), put_online(some)}, {divides(some), terminate}}),
              ExitStatus::stopped);
}

TEST_F(CpuHotplug, AttachesAnewForACpuThatWasNeverSeen)
{
    const CpuSet all = CpuSet::range(0, 7);
    const CpuSet some = CpuSet::range(0, 5);
    machine_.set_online(some);
    EXPECT_EQ(machine_.run({{divides(some), put_online(all)}, {divides(all), terminate}}),
              ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.attaches, 2);
    EXPECT_EQ(std::ranges::count_if(
                  machine_.notifications(),
                  [](const std::string &told) { return told.starts_with("EXTEND_TIMEOUT_USEC="); }),
              2);
}

TEST_F(CpuHotplug, IsTriedAgainWhenItCouldNotBeApplied)
{
    const CpuSet some = CpuSet::range(0, 5);
    EXPECT_EQ(machine_.run({{divides(CpuSet::range(0, 7)),
                             [this, some] {
                                 machine_.kernel.refuse_next_applies = 1;
                                 machine_.set_online(some);
                             }},
                            {divides(some), terminate}}),
              ExitStatus::stopped);
    EXPECT_EQ(machine_.kernel.attaches, 1);
}

TEST_F(CpuHotplug, PutsRightWhatTheKernelDidByItself)
{
    std::size_t applied = 0;
    EXPECT_EQ(machine_.run({{divides(CpuSet::range(0, 7)),
                             [this, &applied] {
                                 applied = machine_.kernel.applied.size();
                                 machine_.kernel.gives[7] = root_cell;
                             }},
                            {[this, &applied] { return machine_.kernel.applied.size() > applied; },
                             terminate}}),
              ExitStatus::stopped);
    EXPECT_TRUE(machine_.kernel.gives.empty());
    EXPECT_EQ(machine_.kernel.attaches, 1);
}

TEST_F(CpuHotplug, EndsTheStartWhenTheKernelHasOtherOwners)
{
    machine_.kernel.gives[7] = root_cell;
    machine_.kernel.insists_on_owners = true;
    EXPECT_EQ(machine_.run({}), ExitStatus::internal);
    EXPECT_EQ(machine_.kernel.detaches, 1);
}

} // namespace
} // namespace mitosis::daemon
