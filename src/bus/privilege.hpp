// SPDX-License-Identifier: GPL-2.0-only
// Who may call what: one table, deny by default. sd-bus checks nothing by itself here, so every
// member that can be called or set must stand in it.
#pragma once

#include <span>
#include <string_view>

namespace mitosis::bus {

enum class Privilege { none, root };

/// A method, or a property that can be set.
struct MemberRule {
    std::string_view interface;
    std::string_view member;
    Privilege privilege;
};

[[nodiscard]] std::span<const MemberRule> member_rules();

/// What a call of the member needs; root for a member that is not in the table.
[[nodiscard]] Privilege required_privilege(std::string_view interface, std::string_view member);

} // namespace mitosis::bus
