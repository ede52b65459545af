// SPDX-License-Identifier: GPL-2.0-only
// Who may call what and how often: one table, deny by default. sd-bus checks nothing by itself
// here, so every member that can be called or set must stand in it.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace mitosis::bus {

/// `none`: everybody. `action`: root, and whom polkit allows the action. `root`: root.
enum class Privilege { none, action, root };

/// Members of one kind share their limit.
enum class RateKind { rebalance, configuration, dump, lookup };

/// A method, or a property that can be set.
struct MemberRule {
    std::string_view interface;
    std::string_view member;
    Privilege privilege;
    std::string_view action{}; // polkit's id, with Privilege::action
    std::optional<RateKind> rate{};
};

[[nodiscard]] std::span<const MemberRule> member_rules();

/// The rule of the table; for a member that is not in it, a rule for root only.
[[nodiscard]] MemberRule find_rule(std::string_view interface, std::string_view member);

} // namespace mitosis::bus
