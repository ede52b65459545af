// SPDX-License-Identifier: GPL-2.0-only
// Session: the engine joined to one scheduler in the kernel after the other. Cells, ids and the
// generation outlive an attachment. Logs nothing; all errors go to the caller.
#pragma once

#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/decide.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/manifest.hpp"
#include "core/ownership.hpp"
#include "core/status.hpp"
#include "daemon/attachment.hpp"
#include "daemon/handover.hpp"
#include "daemon/world.hpp"
#include "engine/monitor.hpp"
#include "engine/ports.hpp"
#include "sys/cgroup_tree.hpp"

#include <expected>
#include <memory>
#include <optional>
#include <vector>

namespace mitosis::daemon {

/// What one step of the engine did.
using Events = std::vector<Event>;

enum class CpuChange {
    none,
    known,   // CPUs left, or some that were there at the attachment came back
    unknown, // a CPU came of which the scheduler does not know where it sits
};

class Session {
public:
    /// `world` and `sink` must outlive it.
    Session(Config config, const World &world, engine::StatusSink &sink);
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;
    ~Session() = default;

    /// Configures what was loaded for config(), attaches and verifies; in this order, so that no
    /// task ever runs outside its cell. Precondition: not attached.
    [[nodiscard]] std::expected<Events, StartFailure> bring_up(Attachment loaded, Trigger trigger);
    /// Goes on with a scheduler that another process attached, and with its cells; applies nothing.
    /// On an error it is ended. Precondition: not attached. Unless find_exit() tells that the
    /// kernel ended it, go_on() is next.
    [[nodiscard]] Result<void> adopt(Kept kept);
    /// The first tick under an adopted scheduler, and a look whether the kernel has what shall be.
    [[nodiscard]] Result<Events> go_on();
    /// What another process would have to know. Precondition: attached.
    [[nodiscard]] Manifest manifest() const;
    /// The scheduler stays attached when this ends, for as long as somebody has its handles.
    /// Precondition: attached.
    void let_go() { attachment_->scheduler->let_go(); }
    /// Gives the CPUs back to the kernel. What is left of the scheduler goes with the result; null
    /// when not attached.
    std::unique_ptr<KernelScheduler> take_down();

    /// Nothing while not attached.
    [[nodiscard]] const std::optional<Attachment> &attachment() const { return attachment_; }

    /// Why the kernel ended the scheduler; nothing while it runs. Precondition: attached.
    [[nodiscard]] Result<std::optional<ExitInfo>> find_exit();
    /// Looks whether CPUs left or came since it looked last. Those that the scheduler knows are
    /// taken over by the next tick, whose trigger then is hotplug. Precondition: attached.
    [[nodiscard]] Result<CpuChange> follow_cpus();

    /// ENOTCONN while not attached, as for the next four.
    [[nodiscard]] Result<Events> tick(Trigger trigger, Force force = Force::no);
    [[nodiscard]] Result<engine::RebalanceOutcome> preview(Force force);
    /// What would be decided with these settings; nothing is changed.
    [[nodiscard]] Result<Decision> plan(const Config &config);
    /// The same with the scheduler attached anew for these settings.
    [[nodiscard]] Result<Decision> plan_anew(const Config &config);
    /// Takes over what takes effect at once, as one more generation. The old settings stay when
    /// that fails.
    [[nodiscard]] Result<Events> reconfigure(Config config);

    /// For the next bring_up.
    void set_config(Config config);

    [[nodiscard]] const Config &config() const { return config_; }
    /// As of the last bring_up: what the scheduler in the kernel was made for.
    [[nodiscard]] const Config &attached_with() const { return attached_with_; }
    [[nodiscard]] std::uint64_t generation() const { return state().generation; }
    /// How long the kernel took to accept the last configuration, or to refuse it.
    [[nodiscard]] Clock::duration apply_duration() const { return slot_.apply_duration(); }
    /// Precondition: was attached once.
    [[nodiscard]] const KnownState &state() const;

private:
    /// The scheduler of the moment, at a place that stays.
    class Slot final : public engine::SchedulerPort {
    public:
        explicit Slot(const std::optional<Attachment> &attachment) : attachment_(attachment) {}
        [[nodiscard]] Result<Sample> read_sample(std::span<const Cell> live,
                                                 std::span<const CellId> retired,
                                                 Clock::time_point now) override;
        [[nodiscard]] Result<void> apply(const Assignment &assignment, std::span<const Cell> cells,
                                         std::span<const CellId> retired) override;
        [[nodiscard]] Result<std::optional<Ownership>> read_ownership() override;

        /// How long the last one took.
        [[nodiscard]] Clock::duration apply_duration() const { return apply_duration_; }

    private:
        const std::optional<Attachment> &attachment_;
        Clock::duration apply_duration_{0};
    };

    void begin_anew();
    void set_slices();
    [[nodiscard]] engine::Ports ports();

    Config config_;
    Config attached_with_;
    bool cpus_moved_ = false; // and no tick has taken that over
    const World &world_;
    engine::StatusSink &sink_;
    sys::CgroupTree tree_;
    std::optional<Attachment> attachment_;
    Slot slot_{attachment_};
    std::optional<engine::Monitor> monitor_;
};

} // namespace mitosis::daemon
