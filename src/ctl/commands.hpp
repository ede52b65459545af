// SPDX-License-Identifier: GPL-2.0-only
// The commands of mitosisctl, from parsed options to what is printed.
#pragma once

#include "ctl/client.hpp"
#include "ctl/failure.hpp"
#include "ctl/snapshot.hpp"
#include "ctl/text.hpp"

#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace mitosis::ctl {

enum class Command { status, cells, cell, rebalance, reload };
enum class Output { text, json };

struct Options {
    Command command = Command::status;
    Output output = Output::text;
    DryRun dry_run = DryRun::no;
    std::string cell; // id, cgroup path or its last part
    Look look;
};

/// What the command prints.
[[nodiscard]] Answer<std::string> run(Client &client, const Options &options);

/// The cell with this id, this cgroup path, or a cgroup path that ends in this name. Pure.
[[nodiscard]] Answer<CellSnapshot> find_cell(std::span<const CellSnapshot> cells,
                                             std::string_view wanted);

} // namespace mitosis::ctl
