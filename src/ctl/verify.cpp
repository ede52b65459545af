// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/verify.hpp"

#include "core/cgroup_name.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "ctl/finding.hpp"
#include "ctl/snapshot.hpp"

#include <algorithm>
#include <cstdint>
#include <format>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mitosis::ctl {

namespace {

/// A check's outcome: what drifted, or that nothing did.
Finding outcome(std::string subject, const std::vector<std::string> &drifts, std::string fine)
{
    if (drifts.empty())
        return {.severity = Severity::good,
                .subject = std::move(subject),
                .text = std::move(fine),
                .advice = ""};
    std::string text;
    for (const std::string &drift : drifts)
        text += (text.empty() ? "" : "; ") + drift;
    return {.severity = Severity::problem,
            .subject = std::move(subject),
            .text = std::move(text),
            .advice = ""};
}

Finding check_scheduler(const ServiceSnapshot &service, const KernelView &kernel)
{
    std::vector<std::string> drifts;
    if (kernel.state != "enabled")
        drifts.push_back("the kernel's sched_ext is " +
                         (kernel.state.empty() ? "absent" : kernel.state));
    if (kernel.attached != service.scheduler)
        drifts.push_back(std::format("the kernel runs \"{}\", the service says \"{}\"",
                                     kernel.attached, service.scheduler));
    return outcome("scheduler", drifts, service.scheduler + " is attached and enabled");
}

Finding check_managed(const ServiceSnapshot &service, const KernelView &kernel)
{
    std::vector<std::string> drifts;
    if (to_set(service.managed_cpus) != kernel.online)
        drifts.push_back(std::format("online are {}, divided are {}", to_cpu_list(kernel.online),
                                     to_cpu_list(to_set(service.managed_cpus))));
    return outcome("online CPUs", drifts, to_cpu_list(kernel.online) + ", all divided");
}

Finding check_owners(const ServiceSnapshot &service, std::span<const CellSnapshot> cells)
{
    std::map<std::uint32_t, unsigned> owners;
    for (const CellSnapshot &cell : cells)
        for (const std::uint32_t cpu : cell.cpus)
            ++owners[cpu];
    std::vector<std::string> drifts;
    for (const std::uint32_t cpu : service.managed_cpus)
        if (owners[cpu] != 1)
            drifts.push_back(std::format("CPU {} has {} owners", cpu, owners[cpu]));
    return outcome("owners", drifts, "every CPU belongs to one cell");
}

/// Cells without a CPU are left out.
KernelOwners planned_owners(std::span<const CellSnapshot> cells)
{
    KernelOwners owners;
    for (const CellSnapshot &cell : cells)
        if (!cell.cpus.empty())
            owners.emplace(cell.id, cell.cpus);
    return owners;
}

std::string cpus_of(const KernelOwners &owners, std::uint32_t cell)
{
    const auto found = owners.find(cell);
    return found == owners.end() ? "no CPU" : to_cpu_list(to_set(found->second));
}

/// What the service planned against what the scheduler in the kernel has.
Finding check_kernel_owners(const ServiceSnapshot &service, std::span<const CellSnapshot> cells)
{
    if (!service.kernel_owners)
        return {.severity = Severity::note,
                .subject = "kernel",
                .text = "this service does not tell whose the CPUs are in the kernel",
                .advice = ""};
    const KernelOwners &kernel = *service.kernel_owners;
    const KernelOwners planned = planned_owners(cells);
    std::set<std::uint32_t> ids;
    for (const auto *const owners : {&planned, &kernel})
        for (const auto &[cell, cpus] : *owners)
            ids.insert(cell);
    std::vector<std::string> drifts;
    for (const std::uint32_t cell : ids)
        if (cpus_of(planned, cell) != cpus_of(kernel, cell))
            drifts.push_back(std::format("cell {} has {} in the kernel, {} in the plan", cell,
                                         cpus_of(kernel, cell), cpus_of(planned, cell)));
    return outcome("kernel", drifts, "every CPU belongs to the cell of the plan there, too");
}

bool is_excluded(const ServiceSnapshot &service, std::string_view path)
{
    const auto setting = service.config.find("cell-exclude");
    if (setting == service.config.end() || service.cell_parent_cgroup.empty())
        return false;
    const auto *const names = std::get_if<std::vector<std::string>>(&setting->second);
    return names != nullptr &&
           matches_any_name(*names, std::string(path.substr(path.rfind('/') + 1)));
}

const CellSnapshot *cell_of(std::span<const CellSnapshot> cells, const CellCgroup &cgroup)
{
    const auto found = std::ranges::find_if(cells, [&](const CellSnapshot &cell) {
        return cell.cgroup_id == cgroup.id && cell.cgroup == cgroup.path;
    });
    return found == cells.end() ? nullptr : &*found;
}

Finding check_cells(const ServiceSnapshot &service, std::span<const CellSnapshot> cells,
                    const KernelView &kernel)
{
    const bool has_parent = !service.cell_parent_cgroup.empty();
    std::vector<std::string> drifts;
    for (const CellCgroup &cgroup : kernel.cgroups)
        if (!is_excluded(service, cgroup.path) && cell_of(cells, cgroup) == nullptr)
            drifts.push_back(to_line(cgroup.path) + " has no cell");
    for (const CellSnapshot &cell : cells)
        if (cell.id != 0 && std::ranges::none_of(kernel.cgroups, [&](const CellCgroup &cgroup) {
                return cgroup.id == cell.cgroup_id;
            }))
            drifts.push_back(
                std::format("cell {} is of {}, which is {}", cell.id, to_line(cell.cgroup),
                            has_parent ? "gone" : "gone or has no cpuset of its own any more"));
    return outcome("cells", drifts,
                   has_parent ? "one for each child of the parent cgroup"
                              : "one for each cgroup with a cpuset of its own");
}

Finding check_cpusets(std::span<const CellSnapshot> cells, const KernelView &kernel)
{
    std::vector<std::string> drifts;
    for (const CellCgroup &cgroup : kernel.cgroups) {
        const CellSnapshot *cell = cell_of(cells, cgroup);
        if (cell == nullptr || !cgroup.effective)
            continue;
        if (const CpuSet outside = to_set(cell->cpus) - *cgroup.effective; !outside.empty())
            drifts.push_back(std::format("cell {} owns {}, outside the cpuset of {}", cell->id,
                                         to_cpu_list(outside), cell->cgroup));
    }
    return outcome("cpusets", drifts, "every cell lies within its cgroup's");
}

} // namespace

std::vector<Finding> verify(const ServiceSnapshot &service, std::span<const CellSnapshot> cells,
                            const KernelView &kernel)
{
    return {check_scheduler(service, kernel),    check_managed(service, kernel),
            check_owners(service, cells),        check_kernel_owners(service, cells),
            check_cells(service, cells, kernel), check_cpusets(cells, kernel)};
}

} // namespace mitosis::ctl
