// SPDX-License-Identifier: GPL-2.0-only
#include "bus/event_feed.hpp"
#include "core/kernel_event.hpp"
#include "support/builders.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

namespace mitosis::bus {
namespace {

using test::at;

KernelEvents told(std::size_t count, std::uint64_t lost = 0)
{
    KernelEvents told{.events = {}, .lost = lost};
    for (std::size_t nr = 0; nr < count; ++nr)
        told.events.push_back({.kind = KernelEvent::Kind::task,
                               .at_ns = nr,
                               .cgroup = {},
                               .pid = 1,
                               .cell = {},
                               .cpu = 0});
    return told;
}

TEST(EventFeed, GivesEveryEventOnce)
{
    EventFeed feed;
    EXPECT_FALSE(feed.take(at(1.0)));
    feed.add(told(2));
    EXPECT_EQ(feed.take(at(1.0)).value().events().size(), 2U);
    EXPECT_FALSE(feed.take(at(1.0)));
    EXPECT_EQ(feed.kept().events().size(), 2U);
}

TEST(EventFeed, TellsOfEventsThatWereAllLost)
{
    EventFeed feed;
    feed.add(told(0, 7));
    EXPECT_EQ(feed.take(at(1.0)).value().left_out(), 7U);
}

TEST(EventFeed, BoundsASignalAndWhatIsKept)
{
    EventFeed feed;
    feed.add(told(1000, 5));
    const auto batch = feed.take(at(1.0)).value();
    EXPECT_EQ(batch.events().size(), EventFeed::most_signalled);
    EXPECT_EQ(batch.left_out(), 1000 - EventFeed::most_signalled + 5);
    EXPECT_EQ(batch.events().back().at_ns, 999U);
    EXPECT_EQ(feed.kept().events().size(), EventFeed::most_kept);
}

TEST(EventFeed, SignalsFourTimesASecondAndThenWaits)
{
    EventFeed feed;
    for (int signal = 0; signal < 4; ++signal) {
        feed.add(told(1));
        EXPECT_TRUE(feed.take(at(1.0)));
    }
    feed.add(told(1));
    feed.add(told(1));
    EXPECT_FALSE(feed.take(at(1.1)));
    EXPECT_EQ(feed.take(at(1.3)).value().events().size(), 2U);
}

} // namespace
} // namespace mitosis::bus
