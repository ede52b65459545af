// SPDX-License-Identifier: GPL-2.0-only
#include "fake_machine.hpp"

#include "core/config.hpp"
#include "core/cpu_set.hpp"
#include "core/event.hpp"
#include "core/virtual_llcs.hpp"
#include "daemon/session.hpp"
#include "support/fakes.hpp"

#include <gtest/gtest.h>

#include <cstddef>

namespace mitosis::daemon {
namespace {

/// On two LLCs of four CPUs; everything is in the root cell.
class VirtualLlcsOfASession : public testing::Test {
protected:
    static Config pairs(bool llc_awareness)
    {
        Config config;
        config.virtual_llcs = VirtualLlcs{.min_cores = 2, .max_cores = 2};
        config.features.llc_awareness = llc_awareness;
        return config;
    }
    /// That the CPUs of the root cell lie in, as published last.
    [[nodiscard]] std::size_t llcs() const
    {
        return sink_.published().back().cells.front().llcs.size();
    }

    FakeMachine machine_;
    test::FakeSink sink_;
};

TEST_F(VirtualLlcsOfASession, AreThoseOfTheSchedulerAndOfTheDecision)
{
    Session session(pairs(true), machine_.world(), sink_);
    ASSERT_TRUE(session.bring_up(Trigger::startup));
    EXPECT_EQ(machine_.kernel.llcs, 4U);
    EXPECT_EQ(llcs(), 4U);
}

TEST_F(VirtualLlcsOfASession, AreTheMachinesWithoutLlcAwareness)
{
    Session session(pairs(false), machine_.world(), sink_);
    ASSERT_TRUE(session.bring_up(Trigger::startup));
    EXPECT_EQ(machine_.kernel.llcs, 2U);
    EXPECT_EQ(llcs(), 2U);
}

TEST_F(VirtualLlcsOfASession, StayWhenACpuLeavesAndComesBack)
{
    Session session(pairs(true), machine_.world(), sink_);
    ASSERT_TRUE(session.bring_up(Trigger::startup));
    // Three cores made anew would be one LLC, since two do not divide them.
    for (const CpuSet &online : {CpuSet::range(1, 7), CpuSet::range(0, 7)}) {
        machine_.set_online(online);
        ASSERT_EQ(session.follow_cpus(), CpuChange::known);
        ASSERT_TRUE(session.tick(Trigger::automatic));
        EXPECT_EQ(llcs(), 4U);
    }
    EXPECT_EQ(machine_.kernel.loads, 1);
}

} // namespace
} // namespace mitosis::daemon
