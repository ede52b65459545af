// SPDX-License-Identifier: GPL-2.0-only
#include "bus/privilege.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace mitosis::bus {

namespace {

constexpr std::string_view manager = "org.scx.Mitosis";
constexpr std::string_view log_control = "org.freedesktop.LogControl1";

constexpr std::string_view rebalance = "org.scx.mitosis.rebalance";
constexpr std::string_view reconfigure = "org.scx.mitosis.reconfigure";
constexpr std::string_view reload = "org.scx.mitosis.reload";

constexpr std::array rules{
    MemberRule{manager, "Rebalance", Privilege::action, rebalance, RateKind::rebalance},
    MemberRule{manager, "Reconfigure", Privilege::action, reconfigure, RateKind::configuration},
    MemberRule{manager, "ResetConfiguration", Privilege::action, reconfigure,
               RateKind::configuration},
    MemberRule{manager, "Reload", Privilege::action, reload, RateKind::configuration},
    MemberRule{manager, "GetCellByCGroup", Privilege::none},
    MemberRule{manager, "GetCellByCPU", Privilege::none},
    MemberRule{manager, "GetCellByPIDFD", Privilege::none, "", RateKind::lookup},
    MemberRule{manager, "DumpByFileDescriptor", Privilege::none, "", RateKind::dump},
    MemberRule{log_control, "LogLevel", Privilege::root},
    MemberRule{log_control, "LogTarget", Privilege::root},
};

} // namespace

std::span<const MemberRule> member_rules()
{
    return rules;
}

MemberRule find_rule(std::string_view interface, std::string_view member)
{
    const auto found = std::ranges::find_if(rules, [&](const MemberRule &rule) {
        return rule.interface == interface && rule.member == member;
    });
    return found != rules.end() ? *found : MemberRule{interface, member, Privilege::root};
}

} // namespace mitosis::bus
