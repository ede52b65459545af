// SPDX-License-Identifier: GPL-2.0-only
// Calls: what the methods that change something do once the caller was let in, between the bus and
// the engine. Refusals are thrown as sdbus::Error, which is how a handler answers with an error.
#pragma once

#include "bus/rate_limits.hpp"
#include "engine/ports.hpp"

#include <span>
#include <string>

namespace sdbus {
class Message;
}

namespace mitosis::bus {

/// Throws AccessDenied unless the sender of `call` has what the table asks for this member, which
/// is nothing, or to be root: for properties that are set, whose setters cannot wait for polkit.
void authorise_root(const sdbus::Message &call, const char *interface, const char *member);

class Calls {
public:
    explicit Calls(engine::ControlPort &control) : control_(control) {}

    [[nodiscard]] engine::RebalanceOutcome rebalance(const engine::RebalanceRequest &request);
    [[nodiscard]] engine::ReconfigureOutcome reload();
    [[nodiscard]] engine::ReconfigureOutcome reconfigure(const engine::ReconfigureRequest &request);
    [[nodiscard]] engine::ReconfigureOutcome reset(std::span<const std::string> names);

    /// The process's cgroup, relative to the cgroup root.
    [[nodiscard]] std::string cgroup_of(int pidfd);

    /// They outlive a connection to the bus, so that to reconnect is no way around them.
    [[nodiscard]] RateLimits &limits() { return limits_; }

private:
    engine::ControlPort &control_;
    RateLimits limits_;
};

} // namespace mitosis::bus
