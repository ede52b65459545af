// SPDX-License-Identifier: GPL-2.0-only
// Calls: what the methods that change something do, between the caller on the bus and the engine:
// who may, how often, with which arguments, and which error comes back. Refusals are thrown as
// sdbus::Error, which is how a handler answers with an error.
#pragma once

#include "bus/token_bucket.hpp"
#include "core/cell_table.hpp"
#include "engine/ports.hpp"

#include <sdbus-c++/Types.h>

#include <map>
#include <string>

namespace sdbus {
class Message;
}

namespace mitosis::bus {

/// Throws AccessDenied unless the sender of `call` has what the table asks for this member.
void authorise(const sdbus::Message &call, const char *interface, const char *member);

class Calls {
public:
    explicit Calls(engine::ControlPort &control);

    [[nodiscard]] engine::RebalanceOutcome
    rebalance(const sdbus::Message &call, const std::map<std::string, sdbus::Variant> &options);
    [[nodiscard]] engine::ReloadOutcome reload(const sdbus::Message &call);

private:
    engine::ControlPort &control_;
    TokenBucket rebalances_;
    TokenBucket reloads_;
};

} // namespace mitosis::bus
