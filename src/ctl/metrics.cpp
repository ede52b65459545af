// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/metrics.hpp"

#include "ctl/snapshot.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <format>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::ctl {

namespace {

enum class Type { gauge, counter, histogram };

struct World {
    const ServiceSnapshot &service;
    std::span<const CellSnapshot> cells;
};

/// Writes the samples of one family.
class Samples {
public:
    explicit Samples(std::string_view family) : family_(family) {}

    void add(std::string_view suffix, const std::string &labels, const std::string &value)
    {
        const std::string braced = labels.empty() ? "" : "{" + labels + "}";
        text_ += std::format("{}{}{} {}\n", family_, suffix, braced, value);
    }
    [[nodiscard]] const std::string &text() const { return text_; }

private:
    std::string_view family_;
    std::string text_;
};

struct Family {
    std::string_view name; // without _total
    Type type;
    std::string_view unit; // of OpenMetrics; the name ends in it. "" without one
    std::string_view help;
    void (*write)(Samples &samples, const World &world);
};

/// For a label's value: all that the formats escape.
std::string escaped(std::string_view text)
{
    std::string result;
    for (const char letter : text) {
        if (letter == '\n')
            result += "\\n";
        else if (letter == '"' || letter == '\\')
            result += {'\\', letter};
        else
            result += letter;
    }
    return result;
}

std::string labels_of(const CellSnapshot &cell)
{
    return std::format(R"(cell="{}",cgroup="{}")", cell.id, escaped(cell.cgroup));
}

std::string in_seconds(std::uint64_t duration_ns)
{
    return std::format("{}.{:09}", duration_ns / 1'000'000'000, duration_ns % 1'000'000'000);
}

std::string us_in_seconds(std::uint64_t time_us)
{
    return std::format("{}.{:06}", time_us / 1'000'000, time_us % 1'000'000);
}

template <auto Member> void per_cell_count(Samples &samples, const World &world)
{
    for (const CellSnapshot &cell : world.cells)
        samples.add("_total", labels_of(cell), std::to_string(cell.*Member));
}

template <auto Member> void per_cell_time(Samples &samples, const World &world)
{
    for (const CellSnapshot &cell : world.cells)
        samples.add("_total", labels_of(cell), in_seconds(cell.*Member));
}

template <auto Member> void per_cell_size(Samples &samples, const World &world)
{
    for (const CellSnapshot &cell : world.cells)
        samples.add("", labels_of(cell), std::to_string((cell.*Member).size()));
}

template <auto Member> void per_cell_ratio(Samples &samples, const World &world)
{
    for (const CellSnapshot &cell : world.cells)
        samples.add("", labels_of(cell), std::format("{}", cell.*Member));
}

template <auto Member> void per_cell_peak(Samples &samples, const World &world)
{
    for (const CellSnapshot &cell : world.cells)
        samples.add("", labels_of(cell), in_seconds(cell.*Member));
}

void write_up(Samples &samples, const World & /*world*/)
{
    samples.add("", "", "1");
}

void write_build(Samples &samples, const World &world)
{
    const ServiceSnapshot &service = world.service;
    samples.add("",
                std::format(R"(version="{}",api_version="{}",scheduler="{}")",
                            escaped(service.version), service.api_version,
                            escaped(service.scheduler)),
                "1");
}

void write_state(Samples &samples, const World &world)
{
    constexpr std::array<std::string_view, 6> states{"starting", "running",  "reloading",
                                                     "degraded", "detached", "stopping"};
    for (const std::string_view state : states)
        samples.add("", std::format(R"(state="{}")", state),
                    world.service.state == state ? "1" : "0");
}

void write_cpus(Samples &samples, const World &world)
{
    samples.add("", "", std::to_string(world.service.managed_cpus.size()));
}

void write_cell_count(Samples &samples, const World &world)
{
    samples.add("", "", std::to_string(world.cells.size()));
}

void write_generation(Samples &samples, const World &world)
{
    samples.add("", "", std::to_string(world.service.generation));
}

void write_rebalances(Samples &samples, const World &world)
{
    for (const auto &[trigger, count] : world.service.rebalance_counts)
        samples.add("_total", std::format(R"(trigger="{}")", escaped(trigger)),
                    std::to_string(count));
}

void write_exits(Samples &samples, const World &world)
{
    for (const auto &[kind, count] : world.service.kernel_exit_counts)
        samples.add("_total", std::format(R"(kind="{}")", escaped(kind)), std::to_string(count));
}

/// Of the property Metrics.
std::uint64_t metric(const World &world, const char *name)
{
    const auto found = world.service.metrics.find(name);
    return found != world.service.metrics.end() ? found->second : 0;
}

void write_rejected(Samples &samples, const World &world)
{
    samples.add("_total", "", std::to_string(metric(world, "RebalanceRejectedCount")));
}

void write_reconfigures(Samples &samples, const World &world)
{
    samples.add("_total", "", std::to_string(metric(world, "ReconfigureCount")));
}

void write_attaches(Samples &samples, const World &world)
{
    samples.add("_total", "", std::to_string(metric(world, "AttachCount")));
}

void write_drains(Samples &samples, const World &world)
{
    samples.add("_total", "", std::to_string(metric(world, "QueueDrainCount")));
}

void write_apply_duration(Samples &samples, const World &world)
{
    samples.add("", "", us_in_seconds(metric(world, "ApplyDurationUSec")));
}

void write_attached(Samples &samples, const World &world)
{
    samples.add("", "", us_in_seconds(world.service.attached_realtime_us));
}

void write_last_exit(Samples &samples, const World &world)
{
    const LastExit &exit = world.service.last_exit;
    if (exit.kind != 0)
        samples.add("", std::format(R"(kind="{}",reason="{}")", exit.kind, escaped(exit.reason)),
                    us_in_seconds(exit.realtime_us));
}

void write_overrides(Samples &samples, const World &world)
{
    samples.add("", "", std::to_string(world.service.runtime_overrides.size()));
}

void write_dispatches(Samples &samples, const World &world)
{
    for (const CellSnapshot &cell : world.cells) {
        const std::array<std::pair<std::string_view, std::uint64_t>, 4> queues{
            {{"local", cell.dispatch_local},
             {"cpu", cell.dispatch_cpu_queue},
             {"cell", cell.dispatch_cell_queue},
             {"borrowed", cell.dispatch_borrowed}}};
        for (const auto &[queue, count] : queues)
            samples.add("_total", labels_of(cell) + std::format(R"(,queue="{}")", queue),
                        std::to_string(count));
    }
}

/// Bucket b of the bus holds the waits below 2^(b+1) microseconds, the last one all longer ones.
void write_waits(Samples &samples, const World &world)
{
    for (const CellSnapshot &cell : world.cells) {
        std::uint64_t count = 0;
        for (std::size_t bucket = 0; bucket < cell.wait_histogram.size(); ++bucket) {
            count += cell.wait_histogram[bucket];
            const bool is_last = bucket + 1 == cell.wait_histogram.size();
            const std::string bound =
                is_last ? "+Inf" : std::format("{}", static_cast<double>(2ULL << bucket) / 1e6);
            samples.add("_bucket", labels_of(cell) + std::format(R"(,le="{}")", bound),
                        std::to_string(count));
        }
        if (cell.wait_histogram.empty())
            samples.add("_bucket", labels_of(cell) + R"(,le="+Inf")", std::to_string(cell.waits));
        samples.add("_sum", labels_of(cell), in_seconds(cell.wait_ns));
        samples.add("_count", labels_of(cell),
                    std::to_string(cell.wait_histogram.empty() ? cell.waits : count));
    }
}

using Cell = CellSnapshot;

constexpr Family up{"scx_mitosis_up", Type::gauge, "", "Whether the service answered: 1 or 0.",
                    write_up};

constexpr std::array families{
    up,
    Family{"scx_mitosis_build_info", Type::gauge, "", "Version and scheduler name; always 1.",
           write_build},
    Family{"scx_mitosis_state", Type::gauge, "", "1 for the state that the service is in.",
           write_state},
    Family{"scx_mitosis_attach_timestamp_seconds", Type::gauge, "seconds",
           "When the scheduler was attached, since 1970; 0 while it is not.", write_attached},
    Family{"scx_mitosis_last_exit_timestamp_seconds", Type::gauge, "seconds",
           "When the kernel ended the scheduler last, since 1970; absent if it never did.",
           write_last_exit},
    Family{"scx_mitosis_managed_cpus", Type::gauge, "", "CPUs that are divided among the cells.",
           write_cpus},
    Family{"scx_mitosis_cells", Type::gauge, "", "Cells, the root cell included.",
           write_cell_count},
    Family{"scx_mitosis_config_generation", Type::gauge, "",
           "Configurations that the kernel accepted so far.", write_generation},
    Family{"scx_mitosis_runtime_overrides", Type::gauge, "",
           "Settings that differ from the files because they were set over the bus.",
           write_overrides},
    Family{"scx_mitosis_rebalances", Type::counter, "",
           "How often CPUs moved between cells, by what caused it.", write_rebalances},
    Family{"scx_mitosis_rebalances_rejected", Type::counter, "",
           "Requests to divide the CPUs again that were held back.", write_rejected},
    Family{"scx_mitosis_reconfigures", Type::counter, "", "Changes of settings that took effect.",
           write_reconfigures},
    Family{"scx_mitosis_apply_duration_seconds", Type::gauge, "seconds",
           "How long the kernel took to take over the last configuration.", write_apply_duration},
    Family{"scx_mitosis_attaches", Type::counter, "", "How often the scheduler was attached.",
           write_attaches},
    Family{"scx_mitosis_kernel_exits", Type::counter, "",
           "How often the kernel ended the scheduler, by why.", write_exits},
    Family{"scx_mitosis_queue_drains", Type::counter, "",
           "Ids of cells that are gone, whose queues were found empty.", write_drains},
    Family{"scx_mitosis_cell_cpus", Type::gauge, "", "CPUs that the cell owns.",
           per_cell_size<&Cell::cpus>},
    Family{"scx_mitosis_cell_borrowable_cpus", Type::gauge, "",
           "CPUs of other cells that it may use while they are idle.",
           per_cell_size<&Cell::borrowable_cpus>},
    Family{"scx_mitosis_cell_utilization_ratio", Type::gauge, "ratio",
           "CPU time over the time of the CPUs it owns, last interval; above 1 when borrowing.",
           per_cell_ratio<&Cell::utilization>},
    Family{"scx_mitosis_cell_smoothed_utilization_ratio", Type::gauge, "ratio",
           "Moving average of what its tasks used and waited for, over the CPUs it owns.",
           per_cell_ratio<&Cell::smoothed_utilization>},
    Family{"scx_mitosis_cell_demand_cpus", Type::gauge, "",
           "CPUs that the cell is thought to need.", per_cell_ratio<&Cell::demand_cpus>},
    Family{"scx_mitosis_cell_cpu_seconds", Type::counter, "seconds",
           "CPU time of the cell's tasks on whatever CPU.", per_cell_time<&Cell::cpu_usage_ns>},
    Family{"scx_mitosis_cell_borrowed_seconds", Type::counter, "seconds",
           "The part of it on CPUs of other cells.", per_cell_time<&Cell::borrowed_ns>},
    Family{"scx_mitosis_cell_lent_seconds", Type::counter, "seconds",
           "CPU time of other cells' tasks on CPUs of this cell.", per_cell_time<&Cell::lent_ns>},
    Family{"scx_mitosis_cell_dispatches", Type::counter, "", "Tasks by where they were sent.",
           write_dispatches},
    Family{"scx_mitosis_cell_affinity_violations", Type::counter, "",
           "Enqueues of tasks whose affinity does not cover the cell.",
           per_cell_count<&Cell::affinity_violations>},
    Family{"scx_mitosis_cell_reclaims", Type::counter, "", "CPUs taken back from a borrower.",
           per_cell_count<&Cell::reclaims>},
    Family{"scx_mitosis_cell_reclaim_seconds", Type::counter, "seconds",
           "Time from asking for a CPU back to running on it, summed.",
           per_cell_time<&Cell::reclaim_ns>},
    Family{"scx_mitosis_cell_reclaim_peak_seconds", Type::gauge, "seconds",
           "The longest of those times since the cell was made.",
           per_cell_peak<&Cell::reclaim_max_ns>},
    Family{"scx_mitosis_cell_steals", Type::counter, "",
           "Tasks taken from the queue of another last-level cache.",
           per_cell_count<&Cell::steals>},
    Family{"scx_mitosis_cell_private_steals", Type::counter, "",
           "Tasks taken from the private queue of another CPU.",
           per_cell_count<&Cell::private_steals>},
    Family{"scx_mitosis_cell_multicpu_pins", Type::counter, "",
           "Affinities set to several CPUs of the cell but not all.",
           per_cell_count<&Cell::multicpu_pins>},
    Family{"scx_mitosis_cell_pin_skips", Type::counter, "",
           "Those of them let pass only because a cpuset was changing.",
           per_cell_count<&Cell::pin_skips>},
    Family{"scx_mitosis_cell_slice_shrinks", Type::counter, "",
           "Slices that were cut because pinned tasks waited.",
           per_cell_count<&Cell::slice_shrinks>},
    Family{"scx_mitosis_cell_wait_seconds", Type::histogram, "seconds",
           "Waiting time of tasks, runnable to running.", write_waits},
    Family{"scx_mitosis_cell_wait_peak_seconds", Type::gauge, "seconds",
           "The longest wait since the cell was made.", per_cell_peak<&Cell::wait_max_ns>},
};

std::string_view name_of(Type type)
{
    return type == Type::gauge ? "gauge" : type == Type::counter ? "counter" : "histogram";
}

std::string render(const Family &family, const World &world, Dialect dialect)
{
    const bool open = dialect == Dialect::open_metrics;
    const std::string title =
        std::string(family.name) + (!open && family.type == Type::counter ? "_total" : "");
    std::string text = std::format("# TYPE {} {}\n", title, name_of(family.type));
    if (open && !family.unit.empty())
        text += std::format("# UNIT {} {}\n", title, family.unit);
    text += std::format("# HELP {} {}\n", title, family.help);
    Samples samples(family.name);
    family.write(samples, world);
    return text + samples.text();
}

std::string end_of(Dialect dialect)
{
    return dialect == Dialect::open_metrics ? "# EOF\n" : "";
}

} // namespace

std::string to_metrics(const ServiceSnapshot &service, std::span<const CellSnapshot> cells,
                       Dialect dialect)
{
    std::string text;
    for (const Family &family : families)
        text += render(family, {service, cells}, dialect);
    return text + end_of(dialect);
}

std::string metrics_without_service(Dialect dialect)
{
    constexpr Family down{up.name, up.type, up.unit, up.help,
                          [](Samples &samples, const World &) { samples.add("", "", "0"); }};
    return render(down, {ServiceSnapshot{}, {}}, dialect) + end_of(dialect);
}

std::vector<std::string> metric_families()
{
    std::vector<std::string> names;
    names.reserve(families.size());
    for (const Family &family : families)
        names.emplace_back(family.name);
    return names;
}

} // namespace mitosis::ctl
