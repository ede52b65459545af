// SPDX-License-Identifier: GPL-2.0-only
#include "bus/calls.hpp"

#include "bus/errors.hpp"
#include "bus/privilege.hpp"
#include "bus/rebalance_options.hpp"
#include "bus/token_bucket.hpp"
#include "core/cell_table.hpp"
#include "core/error.hpp"
#include "engine/ports.hpp"

#include <sdbus-c++/Error.h>
#include <sdbus-c++/Message.h>
#include <sdbus-c++/Types.h>

#include <chrono>
#include <map>
#include <string>
#include <utility>

namespace mitosis::bus {

namespace {

constexpr const char *manager_interface = "org.scx.Mitosis";

void take_token(TokenBucket &bucket)
{
    if (auto taken = bucket.take(Clock::now()); !taken)
        throw to_sdbus(rate_limited(taken.error()));
}

template <class T> T value_or_throw(Result<T> result, Operation operation)
{
    if (!result)
        throw to_sdbus(to_bus_error(result.error(), operation));
    return *std::move(result);
}

} // namespace

void authorise(const sdbus::Message &call, const char *interface, const char *member)
{
    if (required_privilege(interface, member) == Privilege::none)
        return;
    if (call.getCredsEuid() != 0)
        throw to_sdbus(access_denied(member));
}

Calls::Calls(engine::ControlPort &control)
    : control_(control), rebalances_(2, std::chrono::seconds(1)),
      reloads_(5, std::chrono::seconds(2))
{
}

engine::RebalanceOutcome Calls::rebalance(const sdbus::Message &call,
                                          const std::map<std::string, sdbus::Variant> &options)
{
    authorise(call, manager_interface, "Rebalance");
    auto request = parse_rebalance_options(options);
    if (!request)
        throw to_sdbus(request.error());
    take_token(rebalances_);
    return value_or_throw(control_.rebalance(*request), Operation::rebalance);
}

engine::ReloadOutcome Calls::reload(const sdbus::Message &call)
{
    authorise(call, manager_interface, "Reload");
    take_token(reloads_);
    return value_or_throw(control_.reload(), Operation::reload);
}

} // namespace mitosis::bus
