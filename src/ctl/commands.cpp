// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/commands.hpp"

#include "core/cgroup_name.hpp"
#include "ctl/client.hpp"
#include "ctl/doctor.hpp"
#include "ctl/failure.hpp"
#include "ctl/finding.hpp"
#include "ctl/json.hpp"
#include "ctl/kernel_bugs.hpp"
#include "ctl/machine.hpp"
#include "ctl/metrics.hpp"
#include "ctl/settings_text.hpp"
#include "ctl/snapshot.hpp"
#include "ctl/text.hpp"
#include "ctl/verify.hpp"

#include <algorithm>
#include <cstdint>
#include <expected>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mitosis::ctl {

namespace {

std::string_view basename_of(std::string_view path)
{
    return path.substr(path.rfind('/') + 1);
}

bool has_id(const CellSnapshot &cell, std::string_view wanted)
{
    return wanted == std::to_string(cell.id);
}

bool has_path(const CellSnapshot &cell, std::string_view wanted)
{
    return wanted == cell.cgroup;
}

bool has_name(const CellSnapshot &cell, std::string_view wanted)
{
    return !wanted.empty() && wanted == basename_of(cell.cgroup);
}

/// "\n  3  /jobs/web" for each.
std::string listed(std::span<const CellSnapshot> cells)
{
    std::string list;
    for (const CellSnapshot &cell : cells)
        list += "\n  " + std::to_string(cell.id) + "  " + to_line(cell.cgroup);
    return list;
}

Failure no_such_cell(std::span<const CellSnapshot> cells, std::string_view wanted)
{
    return {ExitStatus::failure,
            "there is no cell \"" + to_line(wanted) + "\"; these exist:" + listed(cells)};
}

Failure several_cells(std::span<const CellSnapshot> cells, std::string_view wanted)
{
    return {ExitStatus::usage, "several cells are called \"" + to_line(wanted) +
                                   "\"; take the id or the path of one:" + listed(cells)};
}

bool is_json(const Options &options)
{
    return options.output == Output::json;
}

/// What completion offers: every word that names a cell and fits on a line.
std::string names_of(std::span<const CellSnapshot> cells)
{
    std::string names;
    for (const CellSnapshot &cell : cells) {
        const std::string name = cell.id == 0 ? "0" : std::string(basename_of(cell.cgroup));
        if (name == to_line(name))
            names += name + "\n";
    }
    return names;
}

std::string show(const std::vector<CellSnapshot> &cells, const Options &options)
{
    if (options.output == Output::names)
        return names_of(cells);
    return is_json(options) ? to_json(cells) : render_cells(cells, options.look);
}

std::string show(const ServiceSnapshot &service, const Options &options)
{
    return is_json(options) ? to_json(service) : render_status(service, options.look);
}

std::string show(const CellSnapshot &cell, const Options &options)
{
    return is_json(options) ? to_json(cell) : render_cell(cell, options.look);
}

std::string show(const RebalanceResult &result, const Options &options)
{
    const Tense tense = options.dry_run == DryRun::yes ? Tense::would : Tense::did;
    return is_json(options) ? to_json(result) : render_rebalance(result, tense);
}

std::string show(const ConfigResult &result, const Options &options)
{
    if (is_json(options))
        return to_json(result);
    if (options.dry_run == DryRun::yes)
        return render_config_result(result, "Would be set (nothing was done)");
    return render_config_result(result, options.command == Command::set     ? "Set"
                                        : options.command == Command::reset ? "Reset"
                                                                            : "Reloaded");
}

std::string show(const std::vector<Finding> &findings, const Options &options)
{
    return is_json(options) ? to_json(findings) : render_findings(findings, options.look.style);
}

std::string show_config(const ServiceSnapshot &service, const Options &options)
{
    if (options.output == Output::names)
        return render_setting_names(service);
    if (is_json(options))
        return config_to_json(service);
    switch (options.config_view) {
    case ConfigView::files:
        return render_config_files(service);
    case ConfigView::diff:
        return render_config_diff(service);
    case ConfigView::effective:
        break;
    }
    return render_config(service);
}

/// A word that names no cell may be a process.
Answer<CellSnapshot> ask_for_cell(Client &client, const std::string &wanted)
{
    const auto cells = client.read_cells();
    if (!cells)
        return std::unexpected(cells.error());
    auto cell = find_cell(*cells, wanted);
    const bool is_unknown = !cell && cell.error().status != ExitStatus::usage;
    const auto cgroup = is_unknown ? cgroup_of_process(wanted) : std::nullopt;
    if (!cgroup)
        return cell;
    return client.find_cell_of_cgroup(to_text(*cgroup)).and_then([&](std::uint32_t id) {
        return find_cell(*cells, std::to_string(id));
    });
}

Answer<std::string> ask_for_metrics(Client &client, const Options &options)
{
    const auto service = client.read_service();
    if (!service)
        return std::unexpected(service.error());
    return client.read_cells().transform([&](const auto &cells) {
        return is_json(options) ? metrics_to_json(*service, cells)
                                : to_metrics(*service, cells, Dialect::prometheus);
    });
}

Answer<ConfigResult> set(Client &client, const Options &options)
{
    const auto service = client.read_service();
    if (!service)
        return std::unexpected(service.error());
    return parse_assignments(options.words, service->config).and_then([&](const ConfigMap &wanted) {
        return client.reconfigure({.settings = wanted,
                                   .if_generation = options.if_generation,
                                   .dry_run = options.dry_run,
                                   .reattach = options.reattach});
    });
}

/// Between the readings the world may go on; then they are taken again, a few times.
Answer<std::vector<Finding>> ask_and_verify(Client &client)
{
    constexpr int attempts = 5;
    for (int attempt = 1;; ++attempt) {
        const auto before = client.read_service();
        if (!before)
            return std::unexpected(before.error());
        const auto kernel = read_kernel_view(before->cell_parent_cgroup);
        const auto cells = client.read_cells();
        const auto after = client.read_service();
        if (!cells || !after)
            return std::unexpected(cells ? after.error() : cells.error());
        auto findings = verify(*after, *cells, kernel);
        if (!has_problem(findings) || attempt == attempts ||
            (before->generation == after->generation && attempt > 1))
            return findings;
    }
}

Printed printed(const std::vector<Finding> &findings, const Options &options)
{
    return {.status = has_problem(findings) ? ExitStatus::failure : ExitStatus::success,
            .text = show(findings, options)};
}

Printed examine_machine(Answer<Client> &client, const Options &options)
{
    const auto service = client ? client->read_service() : std::unexpected(client.error());
    Machine machine = read_machine();
    if (!client)
        machine.bus_problem = client.error().message;
    return printed(examine(machine, parse_kernels_page(kernels_page()), service), options);
}

Answer<std::string> ask(Client &client, const Options &options)
{
    const auto shown = [&](const auto &value) { return show(value, options); };
    switch (options.command) {
    case Command::status:
        return client.read_service().transform(shown);
    case Command::cells:
        return client.read_cells().transform(shown);
    case Command::cell:
        return ask_for_cell(client, options.cell).transform(shown);
    case Command::rebalance:
        return client.rebalance(options.dry_run, options.force).transform(shown);
    case Command::set:
        return set(client, options).transform(shown);
    case Command::reset:
        return client.reset(options.words).transform(shown);
    case Command::reload:
        return client.reload().transform(shown);
    case Command::config:
        return client.read_service().transform(
            [&](const auto &service) { return show_config(service, options); });
    case Command::metrics:
        return ask_for_metrics(client, options);
    case Command::dump:
        return client.dump().transform(
            [&](const std::string &text) { return is_json(options) ? dump_to_json(text) : text; });
    case Command::top:
    case Command::monitor:
    case Command::doctor:
    case Command::verify:
    case Command::plan:
        break;
    }
    std::unreachable();
}

} // namespace

Answer<CellSnapshot> find_cell(std::span<const CellSnapshot> cells, std::string_view wanted)
{
    for (const auto is_called : {has_id, has_path, has_name}) {
        std::vector<CellSnapshot> found;
        std::ranges::copy_if(cells, std::back_inserter(found),
                             [&](const CellSnapshot &cell) { return is_called(cell, wanted); });
        if (found.size() > 1)
            return std::unexpected(several_cells(found, wanted));
        if (!found.empty())
            return found.front();
    }
    return std::unexpected(no_such_cell(cells, wanted));
}

std::optional<std::string> cgroup_of_process(std::string_view pid)
{
    if (pid.empty() || pid.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    std::ifstream file("/proc/" + std::string(pid) + "/cgroup");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("0::"))
            return line.substr(3);
    return std::nullopt;
}

Answer<Printed> run(Answer<Client> &client, const Options &options)
{
    if (options.command == Command::doctor)
        return examine_machine(client, options);
    if (!client)
        return std::unexpected(client.error());
    if (options.command == Command::verify)
        return ask_and_verify(*client).transform(
            [&](const auto &findings) { return printed(findings, options); });
    return ask(*client, options).transform([](std::string text) {
        return Printed{.status = ExitStatus::success, .text = std::move(text)};
    });
}

} // namespace mitosis::ctl
