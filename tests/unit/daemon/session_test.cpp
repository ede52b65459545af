// SPDX-License-Identifier: GPL-2.0-only
#include "fake_machine.hpp"

#include "core/config.hpp"
#include "core/cpu_set.hpp"
#include "core/event.hpp"
#include "core/virtual_llcs.hpp"
#include "daemon/attachment.hpp"
#include "daemon/session.hpp"
#include "daemon/world.hpp"
#include "support/fakes.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <utility>

namespace mitosis::daemon {
namespace {

[[nodiscard]] bool bring_up(Session &session, const World &world)
{
    auto loaded = load_scheduler(session.config(), world);
    return loaded && session.bring_up(*std::move(loaded), Trigger::startup);
}

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
    ASSERT_TRUE(bring_up(session, machine_.world()));
    EXPECT_EQ(machine_.kernel.llcs, 4U);
    EXPECT_EQ(llcs(), 4U);
}

TEST_F(VirtualLlcsOfASession, AreTheMachinesWithoutLlcAwareness)
{
    Session session(pairs(false), machine_.world(), sink_);
    ASSERT_TRUE(bring_up(session, machine_.world()));
    EXPECT_EQ(machine_.kernel.llcs, 2U);
    EXPECT_EQ(llcs(), 2U);
}

TEST_F(VirtualLlcsOfASession, StayWhenACpuLeavesAndComesBack)
{
    Session session(pairs(true), machine_.world(), sink_);
    ASSERT_TRUE(bring_up(session, machine_.world()));
    // Three cores made anew would be one LLC, since two do not divide them.
    for (const CpuSet &online : {CpuSet::range(1, 7), CpuSet::range(0, 7)}) {
        machine_.set_online(online);
        ASSERT_EQ(session.follow_cpus(), CpuChange::known);
        ASSERT_TRUE(session.tick(Trigger::automatic));
        EXPECT_EQ(llcs(), 4U);
    }
    EXPECT_EQ(machine_.kernel.loads, 1);
}

/// Changes that the kernel counted, and those that the cells in force know.
class CpusetChangesOfASession : public testing::Test {
protected:
    CpusetChangesOfASession()
    {
        config_.cell_parent_cgroup = "/apps.slice";
        machine_.kernel.cpuset_changes = 1;
        session_.emplace(config_, machine_.world(), sink_);
        EXPECT_TRUE(bring_up(*session_, machine_.world()));
    }

    Config config_;
    FakeMachine machine_;
    test::FakeSink sink_;
    std::optional<Session> session_;
};

TEST_F(CpusetChangesOfASession, AreSeenAtTheStart)
{
    EXPECT_EQ(machine_.kernel.cpusets_seen, 1U);
}

TEST_F(CpusetChangesOfASession, AreSeenOnceCpusetsWereReadAfterThem)
{
    machine_.kernel.cpuset_changes = 3;
    EXPECT_EQ(machine_.kernel.cpusets_seen, 1U);
    ASSERT_TRUE(session_->tick(Trigger::automatic));
    EXPECT_EQ(machine_.kernel.cpusets_seen, 3U);
}

TEST_F(CpusetChangesOfASession, AreNotSeenWhenTheyComeDuringATick)
{
    machine_.kernel.when_sampled = [this] { ++machine_.kernel.cpuset_changes; };
    ASSERT_TRUE(session_->tick(Trigger::automatic));
    EXPECT_EQ(machine_.kernel.cpusets_seen, 1U);
    ASSERT_TRUE(session_->tick(Trigger::automatic));
    EXPECT_EQ(machine_.kernel.cpusets_seen, 2U);
}

TEST_F(CpusetChangesOfASession, AreNotSeenWhenTheCellsCouldNotBeApplied)
{
    machine_.kernel.cpuset_changes = 3;
    machine_.kernel.refuse_next_applies = 1;
    machine_.make_cgroup("/apps.slice/a");
    ASSERT_FALSE(session_->tick(Trigger::automatic));
    EXPECT_EQ(machine_.kernel.cpusets_seen, 1U);
    ASSERT_TRUE(session_->tick(Trigger::automatic));
    EXPECT_EQ(machine_.kernel.cpusets_seen, 3U);
}

/// CPUs that come or go during the start, when no look at them is the first or the last.
class CpusOfASession : public testing::Test {
protected:
    /// What a session finds that started on `before` while it became `after`, right before or
    /// right after the topology was read.
    enum class Moment { before_the_topology, after_the_topology };
    CpuChange change_after(const CpuSet &before, const CpuSet &after, Moment moment)
    {
        machine_.set_online(before);
        World world = machine_.world();
        world.read_topology = [&, read = world.read_topology] {
            if (moment == Moment::before_the_topology)
                machine_.set_online(after);
            auto topology = read();
            machine_.set_online(after);
            return topology;
        };
        Session session({}, world, sink_);
        EXPECT_TRUE(bring_up(session, world));
        return session.follow_cpus().value_or(CpuChange::none);
    }

    const CpuSet some_ = CpuSet::range(0, 5);
    const CpuSet all_ = CpuSet::range(0, 7);
    FakeMachine machine_;
    test::FakeSink sink_;
};

TEST_F(CpusOfASession, AreNoticedWhenTheyComeAfterTheTopologyWasRead)
{
    EXPECT_EQ(change_after(some_, all_, Moment::after_the_topology), CpuChange::unknown);
}

TEST_F(CpusOfASession, AreNoticedWhenTheyGoAfterTheTopologyWasRead)
{
    EXPECT_EQ(change_after(all_, some_, Moment::after_the_topology), CpuChange::known);
}

TEST_F(CpusOfASession, AreKnownWhenTheyComeBeforeTheTopologyIsRead)
{
    EXPECT_EQ(change_after(some_, all_, Moment::before_the_topology), CpuChange::known);
}

TEST_F(CpusOfASession, AreKnownWhenTheyGoBeforeTheTopologyIsRead)
{
    EXPECT_EQ(change_after(all_, some_, Moment::before_the_topology), CpuChange::known);
}

} // namespace
} // namespace mitosis::daemon
