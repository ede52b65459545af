// SPDX-License-Identifier: GPL-2.0-only
// Attachment: one life of the scheduler in the kernel, from attach to detach.
#pragma once

#include "core/config.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "core/manifest.hpp"
#include "core/status.hpp"
#include "core/topology.hpp"
#include "daemon/exit_status.hpp"
#include "daemon/world.hpp"
#include "sys/unique_fd.hpp"

#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>

namespace mitosis::daemon {

/// A failed step of the start: what to say and how to end.
struct StartFailure {
    ExitStatus status;
    std::string message;
};

struct Attachment {
    std::unique_ptr<KernelScheduler> scheduler;
    Topology topology; // that the scheduler was loaded for
    CpuSet online;     // as of the last look
    std::string ops;   // the kernel's name of the scheduler, once attached
    std::chrono::system_clock::time_point attached_realtime;
    std::chrono::steady_clock::time_point attached_monotonic;
};

/// The machine as a scheduler with these settings sees it: where there is a queue for each LLC,
/// those may be smaller than the machine's.
[[nodiscard]] Result<Topology> read_topology_for(const Config &config, const World &world);

/// An attached scheduler is named.
[[nodiscard]] std::expected<void, StartFailure> expect_no_scheduler(const World &world);

/// Reads which CPUs are online, then the topology, then loads: what comes or goes in between shows
/// as a difference at the next look. What is attached meanwhile stays so. Any thread.
[[nodiscard]] std::expected<Attachment, StartFailure> load_scheduler(const Config &config,
                                                                     const World &world);

/// A scheduler that a process before this one attached, as of the manifest. The kernel may have
/// ended it meanwhile; find_exit() tells. On an error it is ended.
[[nodiscard]] Result<Attachment> adopt_scheduler(sys::NamedFds handles, const Manifest &manifest,
                                                 const Config &config, const World &world);

/// Attaches, and checks that the kernel really runs it: a successful attach alone does not say so.
[[nodiscard]] std::expected<void, StartFailure> attach_and_verify(Attachment &attachment,
                                                                  const World &world);

/// Nothing as long as the kernel runs our scheduler, else why it does not.
[[nodiscard]] Result<std::optional<ExitInfo>> find_exit(KernelScheduler &scheduler,
                                                        const World &world);

} // namespace mitosis::daemon
