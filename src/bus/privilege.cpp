// SPDX-License-Identifier: GPL-2.0-only
#include "bus/privilege.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace mitosis::bus {

namespace {

constexpr std::array rules{
    MemberRule{"org.scx.Mitosis", "Rebalance", Privilege::root},
    MemberRule{"org.scx.Mitosis", "Reload", Privilege::root},
    MemberRule{"org.scx.Mitosis", "GetCellByCGroup", Privilege::none},
    MemberRule{"org.scx.Mitosis", "GetCellByCPU", Privilege::none},
    MemberRule{"org.freedesktop.LogControl1", "LogLevel", Privilege::root},
    MemberRule{"org.freedesktop.LogControl1", "LogTarget", Privilege::root},
};

} // namespace

std::span<const MemberRule> member_rules()
{
    return rules;
}

Privilege required_privilege(std::string_view interface, std::string_view member)
{
    const auto found = std::ranges::find_if(rules, [&](const MemberRule &rule) {
        return rule.interface == interface && rule.member == member;
    });
    return found != rules.end() ? found->privilege : Privilege::root;
}

} // namespace mitosis::bus
