// SPDX-License-Identifier: GPL-2.0-only
#include "temporary_directory.hpp"

#include "core/cell_table.hpp"
#include "core/error.hpp"
#include "daemon/cgroup_trigger.hpp"
#include "daemon/event_loop.hpp"
#include "sys/cgroup_watch.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mitosis::daemon {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds quiet{20};
constexpr std::chrono::seconds patience{20};

class ACgroupTrigger : public testing::Test {
protected:
    ACgroupTrigger()
    {
        files_.make_directory("apps");
        trigger_ = *CgroupTrigger::open(
            loop_, *sys::CgroupWatch::open(files_.path(), "/apps"),
            {.changed = [this] { called(); },
             .failed = [](const Error &error) { ADD_FAILURE() << to_string(error); }});
        deadline_ = *loop_.make_timer([this] { loop_.exit(1); });
        deadline_.arm(patience);
    }
    void make_cgroup() { files_.make_directory("apps/" + std::to_string(made_++)); }
    void run() { EXPECT_EQ(loop_.run(), 0) << "too few calls"; }
    void called()
    {
        calls_.push_back(Clock::now());
        when_called_();
    }

    sys::TemporaryDirectory files_;
    EventLoop loop_ = *EventLoop::open();
    std::unique_ptr<CgroupTrigger> trigger_;
    std::vector<Clock::time_point> calls_;
    std::function<void()> when_called_;

private:
    int made_ = 0;
    EventSource deadline_;
};

TEST_F(ACgroupTrigger, CallsOnceForABurst)
{
    for (int cgroup = 0; cgroup < 50; ++cgroup)
        make_cgroup();
    const auto began = Clock::now();
    EventSource later = *loop_.make_timer([this] { loop_.exit(0); });
    when_called_ = [&] { later.arm(5 * quiet); };
    run();
    ASSERT_EQ(calls_.size(), 1U);
    EXPECT_GE(calls_[0] - began, quiet);
}

TEST_F(ACgroupTrigger, CallsThoughChangesNeverEnd)
{
    EventSource timer;
    timer = *loop_.make_timer([&] {
        make_cgroup();
        timer.arm(milliseconds(1));
    });
    timer.arm(milliseconds(1));
    when_called_ = [this] {
        if (calls_.size() == 3)
            loop_.exit(0);
    };
    run();
    ASSERT_EQ(calls_.size(), 3U);
    EXPECT_GE(calls_[1] - calls_[0], quiet);
    EXPECT_GE(calls_[2] - calls_[1], quiet);
}

} // namespace
} // namespace mitosis::daemon
