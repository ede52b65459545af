// SPDX-License-Identifier: GPL-2.0-only
// Handover: a scheduler that outlives the process which attached it. Its descriptors and a record
// of what the process knows of it are with the service manager from the attachment on, so that
// whatever ends the process, the next one can go on with it; the manager drops them, and with them
// the scheduler, when the service is not started again.
#pragma once

#include "core/cell_table.hpp"
#include "core/error.hpp"
#include "core/manifest.hpp"
#include "daemon/notify.hpp"
#include "daemon/world.hpp"
#include "sys/lasting_record.hpp"
#include "sys/unique_fd.hpp"

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mitosis::daemon {

/// What the process before left.
struct Kept {
    Manifest manifest;
    sys::NamedFds handles;
};

class Handover {
public:
    using WantedIdentity = std::function<Result<Identity>()>;

    /// Both must outlive it.
    Handover(const World &world, Notifier &notifier) : world_(world), notifier_(notifier) {}

    /// What the process before left, if a scheduler that shall be so can go on with it; else in
    /// words why not, "" when there is nothing, and then nobody asks how it shall be. What is not
    /// returned is ended. Once.
    [[nodiscard]] std::expected<Kept, std::string> take(const WantedIdentity &wanted,
                                                        Clock::time_point now);

    /// The same where no scheduler may go on.
    [[nodiscard]] std::expected<Kept, std::string> refuse();

    /// From now on the attached scheduler outlives this process.
    [[nodiscard]] Result<void> keep(const KernelScheduler &scheduler, const Manifest &manifest,
                                    Clock::time_point now);
    /// Harmless while nothing is kept, as the next two.
    [[nodiscard]] Result<void> update(const Manifest &manifest);
    /// The process is well. To be called every second.
    void beat(Clock::time_point now);
    /// It does not outlive this process, which is about to detach it, or has done so.
    void forget();

    [[nodiscard]] bool keeps() const { return record_.has_value(); }

private:
    [[nodiscard]] sys::NamedFds take_stored();
    void end(const sys::NamedFds &kept);
    /// Takes the record out of what was kept.
    [[nodiscard]] std::expected<Manifest, std::string>
    read(sys::NamedFds &kept, const Identity &wanted, Clock::time_point now);

    const World &world_;
    Notifier &notifier_;
    std::optional<sys::LastingRecord> record_;
    std::vector<std::string> names_; // that the manager knows
};

} // namespace mitosis::daemon
