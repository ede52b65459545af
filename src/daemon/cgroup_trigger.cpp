// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/cgroup_trigger.hpp"

#include "core/cell_table.hpp"
#include "core/error.hpp"
#include "daemon/event_loop.hpp"
#include "sys/cgroup_watch.hpp"

#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace mitosis::daemon {
namespace {

constexpr std::chrono::milliseconds quiet{20};
constexpr std::chrono::milliseconds longest{100}; // what a burst may delay

} // namespace

CgroupTrigger::CgroupTrigger(sys::CgroupWatch watch, Callbacks callbacks)
    : watch_(std::move(watch)), callbacks_(std::move(callbacks)), burst_(quiet, longest)
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
    settle_.arm(burst_.note(Clock::now()));
}

void CgroupTrigger::settled()
{
    burst_.end();
    callbacks_.changed();
}

} // namespace mitosis::daemon
