// SPDX-License-Identifier: GPL-2.0-only
#include "bus/calls.hpp"

#include "bus/errors.hpp"
#include "bus/privilege.hpp"
#include "core/error.hpp"
#include "core/refusal.hpp"
#include "engine/ports.hpp"

#include <sdbus-c++/Error.h>
#include <sdbus-c++/Message.h>

#include <span>
#include <string>
#include <system_error>
#include <utility>

namespace mitosis::bus {

namespace {

template <class T> T value_or_throw(Result<T> result, Operation operation)
{
    if (!result)
        throw to_sdbus(to_bus_error(result.error(), operation));
    return *std::move(result);
}

} // namespace

void authorise_root(const sdbus::Message &call, const char *interface, const char *member)
{
    if (find_rule(interface, member).privilege == Privilege::none)
        return;
    if (call.getCredsEuid() != 0)
        throw to_sdbus(access_denied(member, "denied, only root may"));
}

engine::RebalanceOutcome Calls::rebalance(const engine::RebalanceRequest &request)
{
    return value_or_throw(control_.rebalance(request), Operation::rebalance);
}

engine::ReconfigureOutcome Calls::reload()
{
    return value_or_throw(control_.reload(), Operation::configure);
}

engine::ReconfigureOutcome Calls::reconfigure(const engine::ReconfigureRequest &request)
{
    return value_or_throw(control_.reconfigure(request), Operation::configure);
}

std::string Calls::cgroup_of(int pidfd)
{
    auto cgroup = control_.cgroup_of(pidfd);
    if (cgroup)
        return *std::move(cgroup);
    const Error &error = cgroup.error();
    if (error.code == std::errc::inappropriate_io_control_operation)
        throw to_sdbus(not_supported("the kernel does not tell the cgroup of a process"));
    if (error.code == std::errc::invalid_argument || error.code == std::errc::bad_file_descriptor)
        throw to_sdbus(invalid_argument("pidfd is none"));
    if (error.code == make_error_code(Refusal::no_such_process) ||
        error.code == std::errc::not_connected)
        throw to_sdbus(to_bus_error(error, Operation::configure));
    throw to_sdbus(failed(error));
}

engine::ReconfigureOutcome Calls::reset(std::span<const std::string> names)
{
    return value_or_throw(control_.reset(names), Operation::configure);
}

} // namespace mitosis::bus
