// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/attachment.hpp"

#include "core/config.hpp"
#include "core/error.hpp"
#include "core/manifest.hpp"
#include "core/status.hpp"
#include "core/topology.hpp"
#include "core/virtual_llcs.hpp"
#include "daemon/exit_status.hpp"
#include "daemon/world.hpp"
#include "sys/sched_ext_state.hpp"
#include "sys/unique_fd.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <format>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace mitosis::daemon {
namespace {

constexpr std::string_view own_name = "mitosis";
constexpr std::uint32_t exit_without_record = 1024; // SCX_EXIT_ERROR

std::expected<sys::SchedExtState, StartFailure> read_kernel_state(const World &world)
{
    auto state = sys::read_sched_ext_state(world.sched_ext_root);
    if (state)
        return *std::move(state);
    if (state.error().code == std::errc::no_such_file_or_directory)
        return std::unexpected(StartFailure{
            ExitStatus::unavailable, "This kernel has no sched_ext (CONFIG_SCHED_CLASS_EXT)"});
    return std::unexpected(StartFailure{ExitStatus::internal, to_string(state.error())});
}

bool runs_ours(const sys::SchedExtState &state)
{
    return state.state == "enabled" && state.ops.starts_with(own_name);
}

StartFailure explain_exit(const ExitInfo &exit)
{
    return {status_of_exit(exit), std::format("The kernel ended the scheduler at once: {}: {}",
                                              exit.reason, exit.message)};
}

StartFailure explain_failed_attach(const Error &error)
{
    const ExitStatus status = status_of_failed_attach(error);
    // EACCES is what the verifier says of a program, or a security module; then their words matter.
    if (error.code == std::errc::operation_not_permitted)
        return {status, std::format("Not permitted to attach the scheduler, it needs CAP_BPF and "
                                    "CAP_PERFMON: {}",
                                    to_string(error))};
    return {status, std::format("Cannot attach the scheduler: {}", to_string(error))};
}

} // namespace

Result<Topology> read_topology_for(const Config &config, const World &world)
{
    auto machine = world.read_topology();
    if (!machine || !config.features.llc_awareness || !config.virtual_llcs)
        return machine;
    return split_llcs(*machine, *config.virtual_llcs);
}

std::expected<void, StartFailure> expect_no_scheduler(const World &world)
{
    const auto state = read_kernel_state(world);
    if (!state)
        return std::unexpected(state.error());
    if (!state->ops.empty())
        return std::unexpected(StartFailure{
            ExitStatus::unavailable, std::format("Another scheduler is attached: {}", state->ops)});
    return {};
}

std::expected<Attachment, StartFailure> load_scheduler(const Config &config, const World &world)
{
    auto online = world.read_online();
    if (!online)
        return std::unexpected(StartFailure{ExitStatus::internal, to_string(online.error())});
    auto topology = read_topology_for(config, world);
    if (!topology)
        return std::unexpected(StartFailure{ExitStatus::internal, to_string(topology.error())});
    auto scheduler = world.load(config, *topology);
    if (!scheduler)
        return std::unexpected(explain_failed_attach(scheduler.error()));
    return Attachment{.scheduler = *std::move(scheduler),
                      .topology = *std::move(topology),
                      .online = *online,
                      .ops = {},
                      .attached_realtime = {},
                      .attached_monotonic = {}};
}

Result<Attachment> adopt_scheduler(sys::NamedFds handles, const Manifest &manifest,
                                   const Config &config, const World &world)
{
    const auto online = world.read_online();
    auto topology = read_topology_for(config, world);
    const auto state = sys::read_sched_ext_state(world.sched_ext_root);
    if (!online || !topology || !state) {
        world.end_attachment(handles);
        return std::unexpected(!online     ? online.error()
                               : !topology ? topology.error()
                                           : state.error());
    }
    auto scheduler = world.adopt(config, *topology, std::move(handles));
    if (!scheduler)
        return std::unexpected(std::move(scheduler).error());
    using std::chrono::microseconds;
    return Attachment{.scheduler = *std::move(scheduler),
                      .topology = *std::move(topology),
                      .online = *online,
                      .ops = state->ops,
                      .attached_realtime = std::chrono::system_clock::time_point(
                          microseconds(static_cast<std::int64_t>(manifest.attached_realtime_us))),
                      .attached_monotonic = std::chrono::steady_clock::time_point(
                          microseconds(static_cast<std::int64_t>(manifest.attached_monotonic_us)))};
}

std::expected<void, StartFailure> attach_and_verify(Attachment &attachment, const World &world)
{
    KernelScheduler &scheduler = *attachment.scheduler;
    if (const auto attached = scheduler.attach(); !attached)
        return std::unexpected(explain_failed_attach(attached.error()));
    if (const auto exit = scheduler.read_exit())
        return std::unexpected(explain_exit(*exit));
    auto state = read_kernel_state(world);
    if (!state)
        return std::unexpected(std::move(state).error());
    if (!runs_ours(*state))
        return std::unexpected(StartFailure{
            ExitStatus::ejected,
            std::format("The scheduler is attached, but the kernel says \"{}\" and runs \"{}\"",
                        state->state, state->ops)});
    attachment.ops = std::move(state->ops);
    attachment.attached_realtime = std::chrono::system_clock::now();
    attachment.attached_monotonic = std::chrono::steady_clock::now();
    return {};
}

Result<std::optional<ExitInfo>> find_exit(KernelScheduler &scheduler, const World &world)
{
    if (auto exit = scheduler.read_exit())
        return exit;
    const auto state = sys::read_sched_ext_state(world.sched_ext_root);
    if (!state)
        return with_context(state.error(), "ask the kernel for its scheduler");
    if (runs_ours(*state) || state->state == "disabling")
        return std::nullopt;
    if (auto exit = scheduler.read_exit()) // it may have come between the two
        return exit;
    return ExitInfo{
        .kind = exit_without_record,
        .code = 0,
        .reason = "unknown",
        .message = std::format("the kernel says \"{}\" and runs \"{}\"", state->state, state->ops),
        .at_realtime_us = 0};
}

} // namespace mitosis::daemon
