// SPDX-License-Identifier: GPL-2.0-only
// Small pure rules: privileges, rates, errors, log levels.
#include "bus/errors.hpp"
#include "bus/log_level.hpp"
#include "bus/privilege.hpp"
#include "bus/rate_limits.hpp"
#include "bus/token_bucket.hpp"
#include "core/config.hpp"
#include "core/error.hpp"
#include "support/builders.hpp"
#include "support/interface_members.hpp"

#include <gtest/gtest.h>
#include <sys/types.h>

#include <cerrno>
#include <chrono>
#include <expected>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>

namespace mitosis::bus {

namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using test::at;

BusError bus_error(int errnum, Operation operation, std::string context = "x")
{
    return to_bus_error(fail(errnum, std::move(context)).error(), operation);
}

TEST(Privilege, HasARuleForExactlyTheMethodsOfTheXml)
{
    const auto members = test::interface_members(
        test::read_text(test::required_env("MITOSIS_DBUS_DIR") + "/org.scx.Mitosis.xml"));
    std::set<std::string> in_xml;
    for (const std::string &line : members) {
        std::istringstream words(line);
        std::string interface;
        std::string kind;
        std::string name;
        words >> interface >> kind >> name;
        if (kind == "method")
            in_xml.insert(name);
    }
    std::set<std::string> in_table;
    for (const MemberRule &rule : member_rules())
        if (rule.interface == "org.scx.Mitosis")
            in_table.emplace(rule.member);
    EXPECT_EQ(in_table, in_xml);
}

TEST(Privilege, IsAnActionForWhatChangesSomethingAndRootForTheUnknown)
{
    EXPECT_EQ(find_rule("org.scx.Mitosis", "Rebalance").action, "org.scx.mitosis.rebalance");
    EXPECT_EQ(find_rule("org.scx.Mitosis", "Explode").privilege, Privilege::root);
    EXPECT_EQ(find_rule("org.freedesktop.LogControl1", "LogLevel").privilege, Privilege::root);
    EXPECT_EQ(find_rule("org.scx.Mitosis", "GetCellByCPU").privilege, Privilege::none);
}

TEST(Privilege, UsesExactlyTheActionsOfThePolicy)
{
    std::set<std::string> in_table;
    for (const MemberRule &rule : member_rules())
        if (rule.privilege == Privilege::action)
            in_table.emplace(rule.action);
    std::set<std::string> in_policy;
    std::istringstream policy(
        test::read_text(test::required_env("MITOSIS_DBUS_DIR") + "/org.scx.mitosis.policy"));
    const std::string opening = "  <action id=\"";
    for (std::string line; std::getline(policy, line);)
        if (line.starts_with(opening))
            in_policy.insert(line.substr(opening.size(), line.rfind('"') - opening.size()));
    EXPECT_EQ(in_table, in_policy);
}

TEST(RateLimits, AreOfEachUserAndOfAll)
{
    RateLimits limits;
    EXPECT_TRUE(limits.take(RateKind::dump, 1000, at(1.0)));
    EXPECT_EQ(limits.take(RateKind::dump, 1000, at(1.25)), std::unexpected(microseconds(750'000)));
    EXPECT_TRUE(limits.take(RateKind::dump, 1001, at(1.25)));
    EXPECT_TRUE(limits.take(RateKind::dump, at(1.25)));
    EXPECT_FALSE(limits.take(RateKind::dump, at(1.5)));
    EXPECT_TRUE(limits.take(RateKind::rebalance, at(1.5)));
}

TEST(RateLimits, HoldForAUserWhileManyOthersCome)
{
    RateLimits limits;
    EXPECT_TRUE(limits.take(RateKind::dump, 1, at(1.0)));
    for (uid_t user = 2; user < 1000; ++user)
        EXPECT_TRUE(limits.take(RateKind::dump, user, at(1.0)));
    EXPECT_FALSE(limits.take(RateKind::dump, 1, at(1.5)));
}

TEST(TokenBucket, GivesABurstAndThenOneAnInterval)
{
    TokenBucket bucket(2, seconds(1));
    EXPECT_TRUE(bucket.take(at(10.0)));
    EXPECT_TRUE(bucket.take(at(10.0)));
    EXPECT_EQ(bucket.take(at(10.25)), std::unexpected(microseconds(750'000)));
    EXPECT_TRUE(bucket.take(at(11.0)));
    EXPECT_FALSE(bucket.take(at(11.5)));
}

TEST(TokenBucket, NeverHoldsMoreThanTheBurst)
{
    TokenBucket bucket(1, seconds(1));
    EXPECT_TRUE(bucket.take(at(1.0)));
    EXPECT_TRUE(bucket.take(at(100.0)));
    EXPECT_FALSE(bucket.take(at(100.0)));
}

TEST(BusErrors, AreNamedByWhatACallerCanDo)
{
    EXPECT_EQ(bus_error(EINVAL, Operation::rebalance).name, "org.scx.Mitosis.Error.ApplyFailed");
    EXPECT_EQ(bus_error(EINVAL, Operation::configure).name, "org.scx.Mitosis.Error.InvalidSetting");
    EXPECT_EQ(bus_error(EIO, Operation::rebalance, "roll back: apply").name,
              "org.scx.Mitosis.Error.RollbackFailed");
}

TEST(BusErrors, CarryNoControlCharacters)
{
    const BusError error = bus_error(EINVAL, Operation::configure, "key \"\x1b[31m\n\"");
    EXPECT_TRUE(error.message.starts_with("key \"?[31m?\": ")) << error.message;
}

TEST(BusErrors, SayWhenToTryAgain)
{
    EXPECT_EQ(rate_limited(microseconds(750'000)).message,
              "asked too often, retry in 0.8 s (750000 usec)");
}

TEST(LogLevels, GoThereAndBack)
{
    for (const LogLevel level : {LogLevel::error, LogLevel::warn, LogLevel::info, LogLevel::debug})
        EXPECT_EQ(parse_syslog_name(to_syslog_name(level)), level);
    EXPECT_EQ(to_syslog_name(LogLevel::trace), "debug");
    EXPECT_EQ(parse_syslog_name("loud"), std::nullopt);
}

} // namespace

} // namespace mitosis::bus
