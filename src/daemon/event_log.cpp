// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/event_log.hpp"

#include "config/environment.hpp"
#include "config/raw_setting.hpp"
#include "config/settings.hpp"
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/counted.hpp"
#include "core/cpu_list.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/kernel_event.hpp"
#include "core/status.hpp"
#include "daemon/configuration.hpp"
#include "daemon/log.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <format>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mitosis::daemon {
namespace {

std::vector<Field> fields_of(const Cell &cell)
{
    return {{"MITOSIS_CELL", std::to_string(index_of(cell.id))}, {"MITOSIS_CGROUP", cell.path}};
}

LogRecord about_cell(std::string_view what, const Cell &cell)
{
    return {.message = std::format("{} cell {} for cgroup {} (cgid={})", what, index_of(cell.id),
                                   cell.path, std::to_underlying(cell.cgroup)),
            .fields = fields_of(cell)};
}

template <class Kind> auto count(std::span<const Event> events)
{
    return std::ranges::count_if(
        events, [](const Event &event) { return std::holds_alternative<Kind>(event); });
}

std::string opening(Trigger trigger, std::span<const Event> events)
{
    switch (trigger) {
    case Trigger::startup:
        return "Applied initial cell configuration";
    case Trigger::cpuset:
        return "Cpuset change detected, recomputed config";
    case Trigger::cgroup:
        return std::format("Cell config updated ({} new, {} destroyed)", count<CellCreated>(events),
                           count<CellRemoved>(events));
    case Trigger::hotplug:
        return "Applied cell configuration to the CPUs that are online now";
    case Trigger::config:
        return std::format("Cell config updated to the new settings ({} new, {} destroyed)",
                           count<CellCreated>(events), count<CellRemoved>(events));
    case Trigger::automatic:
    case Trigger::dbus:
        return "Rebalanced CPUs";
    }
    std::unreachable();
}

bool is_rebalance(Trigger trigger)
{
    return trigger == Trigger::automatic || trigger == Trigger::dbus;
}

/// Words one kind of event each; `all` are the events of the same tick.
class Wording {
public:
    explicit Wording(std::span<const Event> all) : all_(all) {}

    LogRecord operator()(const CellCreated &event) const
    {
        return about_cell("Created", event.cell);
    }
    LogRecord operator()(const CellRemoved &event) const
    {
        return about_cell("Destroyed", event.cell);
    }
    LogRecord operator()(const CpusetChanged &event) const
    {
        const Cell &cell = event.cell;
        return {.message =
                    std::format("Cpuset of cell {} for cgroup {} is now {}", index_of(cell.id),
                                cell.path, cell.cpuset ? to_cpu_list(*cell.cpuset) : "unset"),
                .fields = fields_of(cell)};
    }
    LogRecord operator()(const CellRefused &event) const
    {
        return {.level = LogLevel::warn,
                .message = std::format("No cell id is free for cgroup {}, leaving it in cell 0",
                                       event.path),
                .fields = {{"MITOSIS_CGROUP", event.path}}};
    }
    LogRecord operator()(const QuotaIgnored &event) const
    {
        const Warning warning = warning_of(event.quota);
        return {.level = LogLevel::warn,
                .message = std::format("{}: {}, ignoring", warning.cgroup, warning.reason),
                .fields = {{"MITOSIS_CGROUP", warning.cgroup}}};
    }
    LogRecord operator()(const ParentAppeared & /*event*/) const
    {
        return {.message = "The parent cgroup exists"};
    }
    LogRecord operator()(const ParentMissing & /*event*/) const
    {
        return {.level = LogLevel::warn,
                .message = "The parent cgroup does not exist, waiting for it with cell 0 alone"};
    }
    LogRecord operator()(const OwnershipDrifted &event) const
    {
        return {.level = LogLevel::warn, .message = event.drift + ", applying it again"};
    }
    LogRecord operator()(const Reassigned &event) const
    {
        return {.message = opening(event.trigger, all_) + ": " + event.summary,
                .id =
                    is_rebalance(event.trigger) ? MessageId::rebalanced : MessageId::config_applied,
                .fields = {{"MITOSIS_GENERATION", std::to_string(event.generation)},
                           {"MITOSIS_TRIGGER", to_string(event.trigger)}}};
    }
    LogRecord operator()(const HeldBack &event) const
    {
        return {.message = "Asked to rebalance, " + to_string(event)};
    }

private:
    std::span<const Event> all_;
};

/// In one unit, so that a line with it seldom changes: "4s", "12min", "3h", "8d".
std::string in_one_unit(std::chrono::seconds time)
{
    using namespace std::chrono;
    if (time < minutes(1))
        return std::format("{}s", time.count());
    if (time < hours(1))
        return std::format("{}min", floor<minutes>(time).count());
    if (time < days(1))
        return std::format("{}h", floor<hours>(time).count());
    return std::format("{}d", floor<days>(time).count());
}

std::string last_rebalance(const Status &status, Clock::time_point now)
{
    if (!status.rebalanced_at)
        return "no rebalance yet";
    const auto since = std::chrono::floor<std::chrono::seconds>(now - *status.rebalanced_at);
    return std::format("last rebalance {} ago", in_one_unit(since));
}

} // namespace

std::vector<LogRecord> to_records(const Configuration &configuration)
{
    std::vector<LogRecord> records;
    if (!configuration.config.run_id.empty())
        records.push_back({.message = "scx_mitosis run_id: " + configuration.config.run_id});
    for (const config::Origin &origin : configuration.origins)
        if (origin.source.name == config::timeout_variable)
            records.push_back({.message = std::format("{} sets the watchdog's limit to {}",
                                                      config::timeout_variable,
                                                      configuration.config.watchdog_timeout)});
    for (const config::Document &document : configuration.documents)
        for (const config::RawSetting &given : document.settings)
            if (config::find_setting(given.name)->effect == config::Effect::none)
                records.push_back({.level = LogLevel::warn,
                                   .message = std::format("{}: {} is accepted, but does nothing",
                                                          to_string(given.source), given.name)});
    return records;
}

std::vector<LogRecord> to_records(std::span<const Event> events)
{
    std::vector<LogRecord> records;
    records.reserve(events.size());
    for (const Event &event : events)
        records.push_back(std::visit(Wording(events), event));
    return records;
}

LogRecord about_pin(const KernelEvent &event, const Cell *cell, std::uint64_t more)
{
    std::string message = std::format(
        "Task {} may use several CPUs, but not all of cell {}{}, and shares no queue "
        "with the others of the cell",
        event.pid, index_of(event.cell), cell == nullptr ? "" : " for cgroup " + cell->path);
    if (more != 0)
        message += std::format("; {} more such since the last one told", more);
    auto fields = cell == nullptr
                      ? std::vector<Field>{{"MITOSIS_CELL", std::to_string(index_of(event.cell))}}
                      : fields_of(*cell);
    return {.message = std::move(message), .fields = std::move(fields)};
}

LogRecord to_record(const ExitInfo &exit)
{
    return {.level = LogLevel::error,
            .message = std::format("The kernel ended the scheduler: {}{}{}", exit.reason,
                                   exit.message.empty() ? "" : ": ", exit.message),
            .id = MessageId::ejected,
            .fields = {{"MITOSIS_EXIT_KIND", std::to_string(exit.kind)},
                       {"MITOSIS_EXIT_CODE", std::to_string(exit.code)}}};
}

std::vector<LogRecord> to_records_of_dump(std::string_view dump)
{
    std::vector<LogRecord> records;
    for (const auto line : std::views::split(dump, '\n'))
        if (const std::string_view text(line); !text.empty())
            records.push_back({.message = std::format("Kernel's dump: {}", text)});
    return records;
}

std::string measured_line(const Status &status)
{
    std::string line = "Measured";
    for (const CellStatus &of : status.cells)
        line += std::format("; cell {}: {}, used {:.2f}, waiting {:.2f}, due {:.2f}",
                            index_of(of.cell.id), counted(of.cpus.count(), "CPU"), of.load.used,
                            of.load.waiting, of.load.due);
    return line;
}

std::string status_line(const Status &status, std::uint64_t ejections, Clock::time_point now)
{
    std::string line = std::format("{} on {}, gen {}, {}; {}", counted(status.cells.size(), "cell"),
                                   counted(status.managed.count(), "CPU"), status.generation,
                                   last_rebalance(status, now), counted(ejections, "ejection"));
    if (!status.pooled.empty())
        line += std::format(", {} without a CPU of its own", status.pooled.size());
    if (!status.reason.empty())
        line += ", " + status.reason;
    return line;
}

} // namespace mitosis::daemon
