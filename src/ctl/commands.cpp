// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/commands.hpp"

#include "ctl/client.hpp"
#include "ctl/failure.hpp"
#include "ctl/json.hpp"
#include "ctl/snapshot.hpp"
#include "ctl/text.hpp"

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::ctl {

namespace {

std::string_view basename_of(std::string_view path)
{
    return path.substr(path.rfind('/') + 1);
}

bool is_called(const CellSnapshot &cell, std::string_view wanted)
{
    return wanted == std::to_string(cell.id) || wanted == cell.cgroup ||
           (!wanted.empty() && wanted == basename_of(cell.cgroup));
}

Failure no_such_cell(std::span<const CellSnapshot> cells, std::string_view wanted)
{
    std::string known;
    for (const CellSnapshot &cell : cells)
        known += "\n  " + std::to_string(cell.id) + "  " + cell.cgroup;
    return {ExitStatus::failure,
            "there is no cell \"" + std::string(wanted) + "\"; these exist:" + known};
}

std::string show(const ServiceSnapshot &service, const Options &options)
{
    return options.output == Output::json ? to_json(service) : render_status(service, options.look);
}

std::string show(const std::vector<CellSnapshot> &cells, const Options &options)
{
    return options.output == Output::json ? to_json(cells) : render_cells(cells);
}

std::string show(const CellSnapshot &cell, const Options &options)
{
    return options.output == Output::json ? to_json(cell) : render_cell(cell, options.look);
}

std::string show(const RebalanceResult &result, const Options &options)
{
    const Tense tense = options.dry_run == DryRun::yes ? Tense::would : Tense::did;
    return options.output == Output::json ? to_json(result) : render_rebalance(result, tense);
}

std::string show(const ReloadResult &result, const Options &options)
{
    return options.output == Output::json ? to_json(result) : render_reload(result);
}

} // namespace

Answer<CellSnapshot> find_cell(std::span<const CellSnapshot> cells, std::string_view wanted)
{
    for (const CellSnapshot &cell : cells)
        if (is_called(cell, wanted))
            return cell;
    return std::unexpected(no_such_cell(cells, wanted));
}

Answer<std::string> run(Client &client, const Options &options)
{
    const auto shown = [&](const auto &value) { return show(value, options); };
    const auto wanted = [&](const auto &cells) { return find_cell(cells, options.cell); };
    switch (options.command) {
    case Command::status:
        return client.read_service().transform(shown);
    case Command::cells:
        return client.read_cells().transform(shown);
    case Command::cell:
        return client.read_cells().and_then(wanted).transform(shown);
    case Command::rebalance:
        return client.rebalance(options.dry_run).transform(shown);
    case Command::reload:
        break;
    }
    return client.reload().transform(shown);
}

} // namespace mitosis::ctl
