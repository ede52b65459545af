// SPDX-License-Identifier: GPL-2.0-only
// The commands of mitosisctl that ask once and print once, from parsed options to what is printed.
#pragma once

#include "ctl/client.hpp"
#include "ctl/failure.hpp"
#include "ctl/metrics.hpp"
#include "ctl/plan_command.hpp"
#include "ctl/snapshot.hpp"
#include "ctl/text.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::ctl {

enum class Command {
    status,
    cells,
    cell,
    top,
    monitor,
    rebalance,
    set,
    reset,
    reload,
    config,
    metrics,
    dump,
    doctor,
    verify,
    plan,
};
enum class Output { text, json, names };
enum class ConfigView { effective, diff, files };

struct Options {
    Command command = Command::status;
    Output output = Output::text;
    DryRun dry_run = DryRun::no;
    Force force = Force::no;
    Reattach reattach = Reattach::refused;
    ConfigView config_view = ConfigView::effective;
    std::uint64_t if_generation = 0;
    std::string cell;               // id, cgroup path or its last part, process id
    std::vector<std::string> words; // settings, or their names
    std::uint64_t count = 0;        // of top and monitor: how many; 0 = without end
    double interval_s = 1.0;
    bool is_batch = false;
    bool wants_upstream_format = false;
    bool asks_password = true;
    PlanOptions plan;
    Look look;
};

struct Printed {
    ExitStatus status = ExitStatus::success;
    std::string text;
};

/// Every command but top, monitor and plan. doctor needs no service, so the client may be a
/// failure.
[[nodiscard]] Answer<Printed> run(Answer<Client> &client, const Options &options);

/// The cell with this id, else with this cgroup path, else the one whose cgroup path ends in this
/// name. `usage` when several do. Pure.
[[nodiscard]] Answer<CellSnapshot> find_cell(std::span<const CellSnapshot> cells,
                                             std::string_view wanted);

/// The cgroup of a process in the unified hierarchy; nullopt when there is no such process.
[[nodiscard]] std::optional<std::string> cgroup_of_process(std::string_view pid);

} // namespace mitosis::ctl
