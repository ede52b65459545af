// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/cgroup_trigger.hpp"

#include "core/cell_table.hpp"
#include "core/error.hpp"
#include "daemon/event_loop.hpp"
#include "sys/cgroup_watch.hpp"

#include <algorithm>
#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace mitosis::daemon {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds quiet{20};    // a burst is over when this long nothing came
constexpr milliseconds longest{100}; // what a burst may delay

} // namespace

CgroupTrigger::CgroupTrigger(sys::CgroupWatch watch, Callbacks callbacks)
    : watch_(std::move(watch)), callbacks_(std::move(callbacks))
{
}

Result<std::unique_ptr<CgroupTrigger>> CgroupTrigger::open(EventLoop &loop, sys::CgroupWatch watch,
                                                           Callbacks callbacks)
{
    std::unique_ptr<CgroupTrigger> made(new CgroupTrigger(std::move(watch), std::move(callbacks)));
    CgroupTrigger &trigger = *made;
    auto readable = loop.on_readable(trigger.watch_.fd(), [&trigger] { trigger.drain(); });
    if (!readable)
        return std::unexpected(std::move(readable).error());
    auto settle = loop.make_timer([&trigger] { trigger.settled(); });
    if (!settle)
        return std::unexpected(std::move(settle).error());
    trigger.readable_ = *std::move(readable);
    trigger.settle_ = *std::move(settle);
    return made;
}

Result<void> CgroupTrigger::set_parent(std::optional<std::string> parent)
{
    return watch_.set_parent(std::move(parent));
}

void CgroupTrigger::drain()
{
    const auto changed = watch_.drain();
    if (!changed)
        callbacks_.failed(changed.error());
    if (changed && !*changed)
        return;
    const auto now = Clock::now();
    burst_began_ = burst_began_.value_or(now);
    const auto left = duration_cast<microseconds>(*burst_began_ + longest - now);
    settle_.arm(std::clamp(left, microseconds::zero(), microseconds(quiet)));
}

void CgroupTrigger::settled()
{
    burst_began_.reset();
    callbacks_.changed();
}

} // namespace mitosis::daemon
