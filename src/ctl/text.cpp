// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/text.hpp"

#include "core/cgroup_name.hpp"
#include "ctl/format.hpp"
#include "ctl/policy_text.hpp"
#include "ctl/snapshot.hpp"
#include "ctl/table.hpp"

#include <array>
#include <cstdint>
#include <format>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::ctl {

namespace {

/// Green while all is well, yellow while it changes, red when it is not running.
std::string_view color_of_state(std::string_view state)
{
    if (state == "running")
        return "1;32";
    return state == "starting" || state == "reloading" || state == "stopping" ? "1;33" : "1;31";
}

std::string line(std::string_view label, std::string_view value)
{
    return std::format("{:>12}  {}\n", label, value);
}

std::string state_of(const ServiceSnapshot &service, Look look)
{
    std::string text = colored(service.state, color_of_state(service.state), look.style);
    if (!service.state_reason.empty())
        text += " (" + service.state_reason + ")";
    return text;
}

std::string exit_of(const LastExit &exit)
{
    if (exit.kind == 0)
        return "none";
    std::string text = std::format("{} (kind {}, code {})", exit.reason, exit.kind, exit.code);
    return exit.message.empty() ? text : text + ": " + exit.message;
}

std::string joined(std::span<const std::string> names)
{
    std::string text;
    for (const std::string &name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

/// A line for each, the label before the first; "none" without any.
std::string lines(std::string_view label, std::span<const std::string> values)
{
    if (values.empty())
        return line(label, "none");
    std::string text;
    for (const std::string &value : values)
        text += line(text.empty() ? label : "", value);
    return text;
}

std::vector<std::string> warnings_of(const ServiceSnapshot &service)
{
    std::vector<std::string> warnings;
    warnings.reserve(service.warnings.size());
    for (const ServiceWarning &warning : service.warnings)
        warnings.push_back(to_line(warning.cgroup) + ": " + to_line(warning.reason));
    return warnings;
}

std::string rebalances_of(const ServiceSnapshot &service, Look look)
{
    if (service.rebalances == 0)
        return "never";
    return std::format("{}, {} in all",
                       format_ago(service.rebalanced_monotonic_us, look.now_monotonic_us),
                       service.rebalances);
}

/// A line for each; nothing where all is met.
std::string unmet_of(const ServiceSnapshot &service)
{
    std::string text;
    for (const UnmetClaim &unmet : service.unmet)
        text += line("Unmet", std::format("cell {} wants {}, has {}: {}", unmet.cell, unmet.claim,
                                          unmet.got, unmet.why));
    return text;
}

std::string cpus_with_count(const Cpus &cpus)
{
    return std::format("{} ({})", format_cpus(cpus), cpus.size());
}

std::uint64_t dispatches_of(const CellSnapshot &cell)
{
    return cell.dispatch_local + cell.dispatch_cpu_queue + cell.dispatch_cell_queue +
           cell.dispatch_borrowed;
}

std::string mean_wait(const CellSnapshot &cell)
{
    return cell.waits == 0 ? "-" : format_ns(cell.wait_ns / cell.waits);
}

std::string longest_wait(const CellSnapshot &cell)
{
    return cell.waits == 0 ? "-" : format_ns(cell.wait_max_ns);
}

struct RatioInWords {
    const char *ratio; // its name on the bus
    const char *words;
};

/// "64% queue, 2% pinned"
std::string listed(const CellSnapshot &cell, std::span<const RatioInWords> ratios)
{
    std::string text;
    for (const auto &[ratio, words] : ratios) {
        const auto found = cell.ratios.find(ratio);
        text += std::format("{}{} {}", text.empty() ? "" : ", ",
                            format_ratio(found == cell.ratios.end() ? 0.0 : found->second), words);
    }
    return text;
}

/// Between the last two samples; nothing of a service that does not tell.
std::string lately(const CellSnapshot &cell)
{
    if (cell.ratios.empty())
        return "";
    constexpr std::array<RatioInWords, 5> places{{{"Decisions", "of all dispatches"},
                                                  {"DispatchLocal", "local"},
                                                  {"DispatchCellQueue", "queue"},
                                                  {"DispatchCpuQueue", "pinned"},
                                                  {"DispatchBorrowed", "borrowed"}}};
    constexpr std::array<RatioInWords, 3> oddities{{{"AffinityViolations", "affinity violations"},
                                                    {"Steals", "steals"},
                                                    {"PinSkips", "pin skips"}}};
    constexpr std::array<RatioInWords, 2> lending{
        {{"Borrowed", "of its CPU time on others' CPUs"}, {"Lent", "of its CPUs lent"}}};
    return line("Lately", listed(cell, places)) + line("", listed(cell, oddities)) +
           line("", listed(cell, lending));
}

std::vector<std::string> row_of(const CellSnapshot &cell)
{
    const std::uint64_t dispatches = dispatches_of(cell);
    return {std::to_string(cell.id),
            to_line(cell.cgroup),
            format_cpus(cell.cpus),
            std::to_string(cell.cpus.size()),
            format_ratio(cell.utilization),
            format_ns(cell.cpu_usage_ns),
            mean_wait(cell),
            longest_wait(cell),
            format_share(cell.dispatch_local, dispatches),
            format_share(cell.dispatch_cell_queue, dispatches),
            format_share(cell.dispatch_cpu_queue, dispatches),
            format_share(cell.dispatch_borrowed, dispatches)};
}

std::string lines_of(std::span<const CellChange> changes)
{
    std::string text;
    for (const CellChange &change : changes)
        text += std::format("  cell {}: gains {}, loses {}\n", change.cell,
                            format_cpus(change.gained), format_cpus(change.lost));
    return text;
}

} // namespace

std::string colored(std::string_view text, std::string_view color, Style style)
{
    if (style == Style::plain)
        return std::string(text);
    return std::format("\033[{}m{}\033[0m", color, text);
}

std::string render_status(const ServiceSnapshot &service, Look look)
{
    return line("State", state_of(service, look)) +
           line("Attached", format_ago(service.attached_monotonic_us, look.now_monotonic_us)) +
           line("Scheduler", std::format("{}, service {}", service.scheduler, service.version)) +
           line("Features", service.features.empty() ? "none" : joined(service.features)) +
           line("CPUs", cpus_with_count(service.managed_cpus)) +
           line("Cells", std::format("{} of at most {}", service.cell_count, service.max_cells)) +
           line("Parent", service.cell_parent_cgroup.empty()
                              ? "none, cgroups with a cpuset are cells"
                              : service.cell_parent_cgroup) +
           unmet_of(service) + line("Generation", std::to_string(service.generation)) +
           line("Rebalanced", rebalances_of(service, look)) +
           line("Last exit", exit_of(service.last_exit)) + lines("Fallbacks", service.fallbacks) +
           lines("Warnings", warnings_of(service));
}

std::string render_cells(std::span<const CellSnapshot> cells, Look look)
{
    const std::vector<Column> columns{{"ID", Align::right},
                                      {"CGROUP"},
                                      {"CPUS"},
                                      {"N", Align::right},
                                      {"UTIL", Align::right},
                                      {"RUN", Align::right},
                                      {"WAIT", Align::right},
                                      {"MAX", Align::right},
                                      {"LOCAL", Align::right},
                                      {"QUEUE", Align::right},
                                      {"PINNED", Align::right},
                                      {"BORROWED", Align::right}};
    std::vector<std::vector<std::string>> rows;
    rows.reserve(cells.size());
    for (const CellSnapshot &cell : cells)
        rows.push_back(row_of(cell));
    return render_table(columns, rows, look.width);
}

std::string render_cell(const CellSnapshot &cell, Look look)
{
    const std::uint64_t dispatches = dispatches_of(cell);
    return line("Cell", std::format("{} ({})", cell.id, cell.kind)) +
           line("CGroup", to_line(cell.cgroup)) + line("CPUs", cpus_with_count(cell.cpus)) +
           line("Cpuset", format_cpus(cell.requested_cpus)) + line("LLCs", format_cpus(cell.llcs)) +
           line("Borrowable", format_cpus(cell.borrowable_cpus)) +
           (cell.claim ? line("Claim", render_claim(*cell.claim)) : "") +
           line("Created", format_ago(cell.created_monotonic_us, look.now_monotonic_us)) +
           line("Utilization", format_ratio(cell.utilization)) +
           line("CPU time", format_ns(cell.cpu_usage_ns)) +
           line("Waiting", std::format("{} on average, {} at most, {} waits", mean_wait(cell),
                                       longest_wait(cell), cell.waits)) +
           line("Dispatched", std::format("{} times: {} local, {} queue, {} pinned, {} borrowed",
                                          dispatches, format_share(cell.dispatch_local, dispatches),
                                          format_share(cell.dispatch_cell_queue, dispatches),
                                          format_share(cell.dispatch_cpu_queue, dispatches),
                                          format_share(cell.dispatch_borrowed, dispatches))) +
           lately(cell);
}

std::string render_rebalance(const RebalanceResult &result, Tense tense)
{
    if (result.changes.empty())
        return "Nothing to change.\n";
    std::string text = tense == Tense::would
                           ? "Would change (nothing was done):\n"
                           : std::format("Changed, generation {}:\n", result.generation);
    return text + lines_of(result.changes);
}

std::string render_config_result(const ConfigResult &result, std::string_view done)
{
    if (result.changed.empty())
        return std::format("{}, no setting changed, generation {}.\n", done, result.generation);
    return std::format("{}, generation {}; changed: {}\n", done, result.generation,
                       joined(result.changed)) +
           lines_of(result.changes.value_or(std::vector<CellChange>{}));
}

} // namespace mitosis::ctl
