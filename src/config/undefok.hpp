// SPDX-License-Identifier: GPL-2.0-only
// --undefok: options that may be unknown, so that one command line serves several versions.
#pragma once

#include <expected>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace mitosis::config {

struct KnownArguments {
    std::vector<std::string> arguments; // without --undefok and what was dropped
    std::vector<std::string> dropped;   // options as "--name", in order
};

/// Takes every `--undefok=NAME,...` and `--undefok NAME,...` out of the arguments and drops the
/// long options so named that do not exist; without "=" together with the argument that follows,
/// unless that begins with a dash. Options that exist stay. The error says which name is none:
/// empty, with a leading dash or with "=".
[[nodiscard]] std::expected<KnownArguments, std::string>
drop_undefined(std::span<const std::string> arguments,
               const std::function<bool(const std::string &)> &exists);

} // namespace mitosis::config
