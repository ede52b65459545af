// SPDX-License-Identifier: GPL-2.0-only
// CgroupTrigger: calls back shortly after the children of the parent cgroup changed, once for a
// burst of changes, and at the latest a bounded time after the first of them.
#pragma once

#include "core/error.hpp"
#include "daemon/burst.hpp"
#include "daemon/event_loop.hpp"
#include "sys/cgroup_watch.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace mitosis::daemon {

class CgroupTrigger {
public:
    struct Callbacks {
        std::function<void()> changed;
        std::function<void(const Error &)> failed;
    };

    [[nodiscard]] static Result<std::unique_ptr<CgroupTrigger>>
    open(EventLoop &loop, sys::CgroupWatch watch, Callbacks callbacks);

    /// Watches another parent from now on.
    [[nodiscard]] Result<void> set_parent(std::optional<std::string> parent);

private:
    CgroupTrigger(sys::CgroupWatch watch, Callbacks callbacks);

    void drain();
    void settled();

    sys::CgroupWatch watch_;
    Callbacks callbacks_;
    Burst burst_; // of changes that were not told yet
    EventSource readable_;
    EventSource settle_;
};

} // namespace mitosis::daemon
