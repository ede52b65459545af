// SPDX-License-Identifier: GPL-2.0-only
#include "bus/dump.hpp"

#include "bus/errors.hpp"
#include "bus/facts.hpp"
#include "bus/view.hpp"
#include "bus/wire.hpp"
#include "core/activity.hpp"
#include "core/cell_policy.hpp"
#include "core/cell_table.hpp"
#include "core/config.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/decide.hpp"
#include "core/division.hpp"
#include "core/error.hpp"
#include "core/event_tail.hpp"
#include "core/ids.hpp"
#include "core/kernel_event.hpp"
#include "core/rule_settings.hpp"
#include "core/sample.hpp"
#include "core/status.hpp"

#include <fcntl.h>
#include <sdbus-c++/Types.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <format>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mitosis::bus {

namespace {

template <class... Cases> struct Overloaded : Cases... {
    using Cases::operator()...;
};

/// A cgroup's name may hold anything but a slash, so nothing goes out as it is.
std::string shown(std::string_view text)
{
    return printable(text, text.size());
}

std::string joined(const std::vector<std::string> &items)
{
    std::string text;
    for (const std::string &item : items)
        text.append(text.empty() ? "" : ", ").append(shown(item));
    return text;
}

std::string value_shown(const ConfigValue &value)
{
    return std::visit(
        Overloaded{[](const std::string &text) { return shown(text); },
                   [](const std::vector<std::string> &items) { return joined(items); },
                   [](const auto &plain) { return std::format("{}", plain); }},
        value);
}

void add_service(std::string &text, const View &view)
{
    const ServiceFacts &facts = view.facts;
    std::format_to(std::back_inserter(text),
                   "Version: {}\nSchedulerName: {}\nFeatures: {}\nState: {}\nStateReason: {}\n"
                   "AttachTimestampMonotonic: {}\nConfigGeneration: {}\nConfigFiles: {}\n"
                   "RuntimeOverrides: {}\nCellParentCGroup: {}\nManagedCpus: {}\nCellCount: {}\n"
                   "LastExit: kind {}, code {}, {}: {}\n",
                   facts.version, facts.scheduler_name, joined(facts.features),
                   to_string(facts.state), facts.state_reason, facts.attached_monotonic_us,
                   view.generation, joined(facts.config_files), joined(facts.runtime_overrides),
                   shown(facts.cell_parent_cgroup), to_cpu_list(view.managed), view.cells.size(),
                   facts.last_exit.kind, facts.last_exit.code, shown(facts.last_exit.reason),
                   shown(facts.last_exit.message));
    for (const std::string &fallback : facts.fallbacks)
        std::format_to(std::back_inserter(text), "KernelFallback: {}\n", shown(fallback));
    for (const Warning &warning : view.warnings)
        std::format_to(std::back_inserter(text), "Warning: {}, {}: {}\n", to_string(warning.kind),
                       shown(warning.cgroup), shown(warning.reason));
    for (const auto &[name, value] : facts.config) {
        const auto origin = facts.config_origins.find(name);
        std::format_to(std::back_inserter(text), "Config.{}: {} ({})\n", shown(name),
                       value_shown(value),
                       origin != facts.config_origins.end() ? shown(origin->second) : "default");
    }
}

template <class T> T setting_shown(T value)
{
    return value;
}

std::string setting_shown(const std::vector<LlcId> &llcs)
{
    return to_llc_list(llcs);
}

std::string setting_shown(const CpuSet &cpus)
{
    return to_cpu_list(cpus);
}

/// The keys that the rule has, each with its value.
std::string said_by(const CellRule &rule)
{
    std::string text;
    for_each_setting(rule, [&text](const char *name, const auto &value) {
        std::format_to(std::back_inserter(text), "{}{} {}", text.empty() ? "" : ", ", name,
                       setting_shown(value));
    });
    return text;
}

void add_rules(std::string &text, const View &view)
{
    for (const CellRule &rule : view.facts.settings.cell_rules)
        std::format_to(std::back_inserter(text), "CellRule {}: {}\n", shown(rule.pattern),
                       said_by(rule));
}

void add_unmet(std::string &text, const View &view)
{
    for (const Unmet &unmet : view.unmet)
        std::format_to(std::back_inserter(text), "Unmet: cell {} wants {}, has {}: {}\n",
                       index_of(unmet.cell), unmet.claim, unmet.got, unmet.why);
}

/// How often something happened, by what it was.
void add_counts(std::string &text, const View &view)
{
    const ServiceFacts &facts = view.facts;
    std::format_to(std::back_inserter(text),
                   "LastRebalanceTimestampMonotonic: {}\nRebalanceRejectedCount: {}\n"
                   "ReconfigureCount: {}\nAttachCount: {}\nQueueDrainCount: {}\n"
                   "ApplyDurationUSec: {}\n",
                   view.rebalanced_monotonic_us, view.tally.held_back, facts.reconfigurations,
                   facts.attachments, view.tally.drained, facts.apply_duration_us);
    for (const auto &[trigger, count] : to_wire(view.tally))
        std::format_to(std::back_inserter(text), "RebalanceCounts.{}: {}\n", trigger, count);
    for (const auto &[reason, count] : facts.kernel_exits)
        std::format_to(std::back_inserter(text), "KernelExitCounts.{}: {}\n", reason, count);
}

void add_ratios(std::string &text, const Activity &activity)
{
    for (const auto &[name, value] : to_wire(activity))
        std::format_to(std::back_inserter(text), "Ratios.{}: {:.3f}\n", name, value);
}

/// By the names of the property.
void add_claim(std::string &text, const Party &party)
{
    const CellPolicy &policy = party.policy;
    std::format_to(std::back_inserter(text),
                   "Claim: weight {}, min-cpus {}, exclusive {}, lend-cores {}, borrow {}, "
                   "cpu-weight {}, populated {}",
                   policy.weight, policy.min_cpus, policy.exclusive, policy.lend_cores,
                   policy.borrow, party.weight * 100, party.populated);
    if (policy.max_cpus)
        std::format_to(std::back_inserter(text), ", max-cpus {}", *policy.max_cpus);
    if (!policy.llcs.empty())
        std::format_to(std::back_inserter(text), ", llcs {}", to_llc_list(policy.llcs));
    if (policy.cpus)
        std::format_to(std::back_inserter(text), ", cpus {}", to_cpu_list(*policy.cpus));
    if (party.demand)
        std::format_to(std::back_inserter(text), ", demand {:.2f}", *party.demand);
    text += '\n';
}

void add_owners(std::string &text, const View &view)
{
    if (!view.ownership)
        return;
    std::map<CellId, CpuSet> cells;
    for (unsigned cpu = 0; cpu < view.ownership->owners.size(); ++cpu)
        if (const auto owner = view.ownership->owners[cpu])
            cells[*owner].insert(cpu);
    for (const auto &[cell, cpus] : cells)
        std::format_to(std::back_inserter(text), "KernelOwners.{}: {}\n", index_of(cell),
                       to_cpu_list(cpus));
}

void add_counters(std::string &text, const CellCounters &counters)
{
    std::format_to(
        std::back_inserter(text),
        "CPUUsageNSec: {}\nBorrowedNSec: {}\nLentNSec: {}\nDispatchLocal: {}\n"
        "DispatchCpuQueue: {}\nDispatchCellQueue: {}\nDispatchBorrowed: {}\n"
        "AffinityViolations: {}\nReclaims: {}\nReclaimMaxNSec: {}\nSteals: {}\n"
        "PrivateSteals: {}\nMultiCpuPins: {}\nPinSkips: {}\nSliceShrinks: {}\n"
        "SliceShrinksAtMax: {}\nSliceShrinksProportional: {}\nSliceShrinksAtMin: {}\n"
        "WaitNSec: {}\nWaits: {}\nWaitMaxNSec: {}\n",
        counters.run_ns, counters.borrowed_ns, counters.lent_ns, counters.dispatch_local,
        counters.dispatch_cpu_queue, counters.dispatch_cell_queue, counters.dispatch_borrowed,
        counters.affinity_violations, counters.reclaims, counters.reclaim_max_ns, counters.steals,
        counters.private_steals, counters.multicpu_pins, counters.pin_skips,
        slice_shrinks(counters), counters.slice_shrink_max, counters.slice_shrink_proportional,
        counters.slice_shrink_min, counters.wait_ns, counters.waits, counters.wait_max_ns);
}

void add_cell(std::string &text, const CellView &view, const Config &settings)
{
    const CellStatus &status = view.status;
    const Cell &cell = status.cell;
    std::format_to(std::back_inserter(text),
                   "\nCell: {}\nInstanceId: {}\nCGroup: {}\nCGroupId: {}\nCpus: {}\n"
                   "BorrowableCpus: {}\nRequestedCpus: {}\nUtilization: {:.3f}\n",
                   index_of(cell.id), cell.instance, shown(cell.path),
                   std::to_underlying(cell.cgroup), to_cpu_list(status.cpus),
                   to_cpu_list(status.borrowable), to_cpu_list(cell.cpuset.value_or(CpuSet{})),
                   status.utilization);
    add_claim(text, party_of(settings, cell, &status.load));
    add_counters(text, status.counters);
    add_ratios(text, view.activity);
}

std::string shown(const KernelEvent &event, Now now)
{
    const std::chrono::nanoseconds since_boot(event.at_ns);
    const auto ago = now.monotonic - Clock::time_point(since_boot);
    const auto moment =
        now.realtime - std::chrono::duration_cast<std::chrono::system_clock::duration>(ago);
    return std::format("{:%FT%T}Z, {:.6f} s after boot, {}, CPU {}: {}",
                       std::chrono::floor<std::chrono::microseconds>(moment),
                       std::chrono::duration<double>(since_boot).count(), to_string(event.kind),
                       event.cpu, describe(event));
}

void add_events(std::string &text, const View &view, const EventTail &events, Now now)
{
    if (!view.facts.settings.features.debug_events) {
        text += "\nScheduling events are not kept, because debug-events is off\n";
        return;
    }
    std::format_to(std::back_inserter(text),
                   "\nScheduling events: the last {}, the newest last; {} before or among them are "
                   "not kept\n",
                   events.events().size(), events.left_out());
    for (const KernelEvent &event : events.events())
        std::format_to(std::back_inserter(text), "Event: {}\n", shown(event, now));
}

} // namespace

std::string to_dump(const View &view, const EventTail &events, Now now)
{
    std::string text;
    add_service(text, view);
    add_rules(text, view);
    add_unmet(text, view);
    add_owners(text, view);
    add_counts(text, view);
    std::format_to(std::back_inserter(text),
                   "\nTotal over all cells, those that are gone included\n");
    add_counters(text, total(view));
    add_ratios(text, view.activity);
    for (const CellView &cell : view.cells)
        add_cell(text, cell, view.facts.settings);
    add_events(text, view, events, now);
    return text;
}

Result<sdbus::UnixFd> seal(std::string_view text)
{
    const int fd = ::memfd_create("scx-mitosis-dump", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return fail(errno, "make a file for the dump");
    sdbus::UnixFd file(fd, sdbus::adopt_fd);
    for (std::size_t written = 0; written < text.size();) {
        const ssize_t bytes =
            ::pwrite(fd, text.data() + written, text.size() - written, static_cast<off_t>(written));
        if (bytes < 0)
            return fail(errno, "write the dump");
        written += static_cast<std::size_t>(bytes);
    }
    if (::fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
        return fail(errno, "seal the dump");
    return file;
}

} // namespace mitosis::bus
