// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/doctor.hpp"

#include "ctl/failure.hpp"
#include "ctl/finding.hpp"
#include "ctl/kernel_bugs.hpp"
#include "ctl/machine.hpp"
#include "ctl/snapshot.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <expected>
#include <format>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::ctl {

namespace {

constexpr KernelVersion first_with_sched_ext{.major = 6, .minor = 12};

using Service = std::expected<ServiceSnapshot, Failure>;

Finding good(std::string subject, std::string text)
{
    return {.severity = Severity::good,
            .subject = std::move(subject),
            .text = std::move(text),
            .advice = ""};
}

Finding finding(Severity severity, std::string subject, std::string text, std::string advice)
{
    return {.severity = severity,
            .subject = std::move(subject),
            .text = std::move(text),
            .advice = std::move(advice)};
}

Finding examine_sched_ext(const Machine &machine)
{
    if (machine.sched_ext_state)
        return good("kernel", machine.release + " has sched_ext");
    const auto version = parse_kernel_version(machine.release);
    const bool is_too_old = version && *version < first_with_sched_ext;
    return finding(Severity::problem, "kernel",
                   machine.release + (is_too_old ? " is older than 6.12, the first with sched_ext"
                                                 : " has no sched_ext"),
                   "Boot a kernel with CONFIG_SCHED_CLASS_EXT; Debian 13's own has it not, that of "
                   "trixie-backports has: apt install -t trixie-backports linux-image-amd64");
}

std::vector<Finding> examine_options(const Machine &machine, const KernelsPage &page)
{
    if (!machine.options)
        return {finding(Severity::note, "kernel options", "the kernel does not show them", "")};
    std::vector<Finding> findings;
    for (const KernelOption &option : page.options)
        if (const auto found = machine.options->find(option.name);
            found == machine.options->end() || found->second == "n")
            findings.push_back(finding(Severity::problem, option.name,
                                       "the kernel was built without it: " + option.why,
                                       "Use a kernel with it; see docs/kernels.md."));
    if (findings.empty())
        findings.push_back(good("kernel options", "everything needed is built in"));
    return findings;
}

Finding examine_btf(const Machine &machine)
{
    if (machine.has_btf)
        return good("BTF", "the kernel describes its types");
    return finding(Severity::problem, "BTF", "/sys/kernel/btf/vmlinux does not exist",
                   "Use a kernel with CONFIG_DEBUG_INFO_BTF.");
}

Finding examine_lockdown(const Machine &machine)
{
    if (!machine.lockdown || *machine.lockdown != "confidentiality")
        return good("lockdown", machine.lockdown.value_or("none"));
    return finding(Severity::warning, "lockdown",
                   "confidentiality: the kernel may refuse BPF programs that read its memory",
                   "If the service ends with status 77, boot with lockdown=integrity.");
}

Finding examine_capabilities(const Machine &machine)
{
    constexpr unsigned long long perfmon = 1ULL << 38U; // linux/capability.h
    constexpr unsigned long long bpf = 1ULL << 39U;
    if (!machine.bounding_set)
        return finding(Severity::note, "capabilities", "those of PID 1 cannot be read", "");
    if ((*machine.bounding_set & perfmon) != 0 && (*machine.bounding_set & bpf) != 0)
        return good("capabilities", "CAP_BPF and CAP_PERFMON can be granted");
    return finding(Severity::problem, "capabilities",
                   "PID 1 has not CAP_BPF and CAP_PERFMON, so the service cannot get them",
                   "This looks like a container: run the service on the host.");
}

Finding examine_cgroups(const Machine &machine)
{
    if (!machine.has_cgroup2)
        return finding(Severity::problem, "cgroups", "/sys/fs/cgroup is not the unified hierarchy",
                       "Boot without systemd.unified_cgroup_hierarchy=0.");
    if (!machine.controllers.contains("cpuset"))
        return finding(Severity::warning, "cgroups", "v2, but without the cpuset controller",
                       "Cells cannot be bound to CPUs with AllowedCPUs= on this kernel.");
    return good("cgroups", "v2, with the cpuset controller");
}

Finding examine_attached(const Machine &machine, const Service &service)
{
    const std::string &name = machine.attached;
    if (name.empty())
        return service && service->state == "running"
                   ? finding(Severity::problem, "scheduler",
                             "the service says it runs, the kernel has no scheduler attached",
                             "systemctl restart scx-mitosis")
                   : finding(Severity::note, "scheduler", "the kernel's own has the CPUs", "");
    if (name.starts_with("mitosis"))
        return good("scheduler", name + " is attached");
    return finding(Severity::problem, "scheduler", "another one is attached: " + name,
                   "Stop it first, for example: systemctl stop scx.service scx_loader.service");
}

Finding examine_bus(const Machine &machine)
{
    if (machine.bus_problem.empty())
        return good("bus", "the message bus answers");
    return finding(Severity::problem, "bus", machine.bus_problem,
                   "Scheduling goes on without it. See: systemctl status dbus.socket dbus.service; "
                   "start it with: systemctl start dbus.socket");
}

Finding explain_absence(const Machine &machine, const Failure &why)
{
    if (!machine.bus_problem.empty())
        return finding(Severity::note, "service", "cannot be asked without the bus", "");
    if (!machine.has_unit)
        return finding(Severity::problem, "service",
                       "the unit scx-mitosis.service is not installed",
                       "Install scx-mitosis, then: systemctl start scx-mitosis");
    const Failure explained = with_kernel_view(why, machine.attached);
    if (why.status == ExitStatus::not_running)
        return finding(Severity::note, "service", explained.message, "");
    return finding(Severity::problem, "service", explained.message,
                   "See: journalctl -u scx-mitosis");
}

Finding examine_service(const Machine &machine, const Service &service)
{
    if (!service)
        return explain_absence(machine, service.error());
    if (service->state == "running")
        return good("service", "running, version " + service->version);
    return finding(Severity::problem, "service",
                   service->state +
                       (service->state_reason.empty() ? "" : ": " + service->state_reason),
                   "See: journalctl -u scx-mitosis");
}

Finding examine_parent(const ServiceSnapshot &service)
{
    const std::uint32_t cells = service.cell_count - std::min(service.cell_count, 1U); // but root
    if (!service.cell_parent_cgroup.empty())
        return good("cells", std::format("{} below {}", cells, service.cell_parent_cgroup));
    if (cells > 0)
        return good("cells", std::format("{} of cgroups with a cpuset of their own", cells));
    return finding(Severity::note, "cells",
                   "no parent cgroup is named and no cgroup has a cpuset, everything is in cell 0",
                   "Set cell-parent-cgroup in /etc/scx-mitosis/mitosis.toml, or a cpuset "
                   "(AllowedCPUs=).");
}

Finding examine_last_exit(const LastExit &exit)
{
    return finding(Severity::warning, "last exit",
                   std::format("the kernel ended the scheduler: {} (kind {}){}", exit.reason,
                               exit.kind, exit.message.empty() ? "" : ": " + exit.message),
                   "See: journalctl -u scx-mitosis -k");
}

Finding examine_polkit(const Machine &machine)
{
    if (machine.has_polkit && machine.polkit_is_masked)
        return finding(Severity::note, "polkit",
                       "polkit.service is masked: only root may change anything",
                       "systemctl unmask polkit.service, if others shall.");
    if (machine.has_polkit)
        return good("polkit", "installed");
    return finding(Severity::note, "polkit", "not installed: only root may change anything",
                   "apt install polkitd, if others shall.");
}

bool is_such(const Machine &machine, std::string_view kind)
{
    if (kind == "smt")
        return machine.has_smt;
    if (kind == "nohz_full")
        return !machine.nohz_full.empty();
    return true; // what depends on what administrators do, too
}

std::vector<Finding> examine_bugs(const Machine &machine, const KernelsPage &page)
{
    const auto version = parse_kernel_version(machine.release);
    std::vector<Finding> findings;
    for (const KernelBug &bug : page.bugs)
        if (is_such(machine, bug.machine) && (!bug.below || !version || *version < *bug.below))
            findings.push_back(finding(Severity::warning, bug.name, bug.effect, bug.advice));
    if (findings.empty())
        findings.push_back(good("known bugs", "none of this kernel on this machine"));
    return findings;
}

} // namespace

std::vector<Finding> examine(const Machine &machine, const KernelsPage &page,
                             const Service &service)
{
    std::vector<Finding> findings{examine_sched_ext(machine)};
    std::ranges::move(examine_options(machine, page), std::back_inserter(findings));
    std::ranges::move(std::array{examine_btf(machine), examine_capabilities(machine),
                                 examine_lockdown(machine), examine_cgroups(machine),
                                 examine_attached(machine, service), examine_bus(machine),
                                 examine_service(machine, service), examine_polkit(machine)},
                      std::back_inserter(findings));
    if (service)
        findings.push_back(examine_parent(*service));
    if (service && service->last_exit.kind != 0)
        findings.push_back(examine_last_exit(service->last_exit));
    std::ranges::move(examine_bugs(machine, page), std::back_inserter(findings));
    return findings;
}

} // namespace mitosis::ctl
