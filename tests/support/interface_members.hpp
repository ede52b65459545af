// SPDX-License-Identifier: GPL-2.0-only
// The members of D-Bus interfaces, read from introspection XML: the shipped files and what a live
// object says about itself compare as equal sets of lines.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace mitosis::test {

/// One line for each member of the interfaces called org.scx.*: "org.scx.Mitosis.Cell property Cpus
/// au read true", "org.scx.Mitosis method Reload -> generation t, changed as". The last word of a
/// property is its signal mode.
[[nodiscard]] std::set<std::string> interface_members(std::string_view xml);

/// The text of a file; an unreadable one ends the test program.
[[nodiscard]] std::string read_text(const std::string &path);

/// An environment variable the test suite sets; its absence ends the test program.
[[nodiscard]] std::string required_env(const char *name);

} // namespace mitosis::test
