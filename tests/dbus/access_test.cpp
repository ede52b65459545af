// SPDX-License-Identifier: GPL-2.0-only
// Who may call what: every method as root, as the service's user and as nobody, while polkit says
// yes, no or that somebody would have to be asked, and without polkit.
#include "dbus/bus_client.hpp"
#include "dbus/fake_polkit.hpp"
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"
#include "dbus/worlds.hpp"

#include "support/interface_members.hpp"
#include "support/pidfd.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sdbus-c++/IProxy.h>
#include <sdbus-c++/Types.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace mitosis::test {

namespace {

constexpr const char *manager = "org.scx.Mitosis";

/// The service's own user is to bus and polkit one like others. Where the service is not installed
/// there is none, and dbus-daemon lets in only users that the machine knows: "daemon" stands in.
constexpr uid_t root = 0;
constexpr uid_t service_user = 1;
constexpr uid_t nobody = 65'534;

struct Member {
    const char *name;
    const char *action; // of polkit; "" for a member that everybody may call
    void (*call)(sdbus::IProxy &);
    friend std::ostream &operator<<(std::ostream &out, const Member &member)
    {
        return out << member.name;
    }
};

template <class... Arguments>
void call(sdbus::IProxy &proxy, const char *method, const Arguments &...arguments)
{
    proxy.callMethod(method).onInterface(manager).withArguments(arguments...);
}

const std::vector<Member> members{
    {"Rebalance", "org.scx.mitosis.rebalance", [](auto &p) { call(p, "Rebalance", Dict{}); }},
    {"Reconfigure", "org.scx.mitosis.reconfigure",
     [](auto &p) {
         call(p, "Reconfigure", Dict{{"slice-us", sdbus::Variant(std::uint64_t{5000})}},
              std::uint64_t{0}, std::uint64_t{0});
     }},
    {"ResetConfiguration", "org.scx.mitosis.reconfigure",
     [](auto &p) { call(p, "ResetConfiguration", std::vector<std::string>{}); }},
    {"Reload", "org.scx.mitosis.reload", [](auto &p) { call(p, "Reload"); }},
    {"GetCellByCGroup", "", [](auto &p) { call(p, "GetCellByCGroup", std::string("/")); }},
    {"GetCellByCPU", "", [](auto &p) { call(p, "GetCellByCPU", std::uint32_t{1}); }},
    {"GetCellByPIDFD", "",
     [](auto &p) {
         call(p, "GetCellByPIDFD", sdbus::UnixFd(open_pidfd(::getpid()), sdbus::adopt_fd));
     }},
    {"DumpByFileDescriptor", "", [](auto &p) { call(p, "DumpByFileDescriptor"); }},
};

/// None: there is no polkit on the bus.
using Polkit = std::optional<Verdict>;

std::string expected_error(const Member &member, uid_t user, Polkit polkit)
{
    if (user == root || *member.action == '\0' || polkit == Verdict::yes)
        return "";
    return polkit == Verdict::challenge
               ? "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
               : "org.freedesktop.DBus.Error.AccessDenied";
}

class Access : public ::testing::TestWithParam<std::tuple<Member, uid_t, Polkit>> {
protected:
    Access()
    {
        service_.set_facts(running_facts());
        service_.publish(running_status({"0-3", "4-7"}));
    }
    void start_polkit(Polkit verdict)
    {
        if (verdict)
            polkit_.emplace(bus_.address(), *verdict);
    }

    PrivateBus bus_;
    ServiceThread service_{bus_.address()};
    std::optional<FakePolkit> polkit_;
};

TEST_P(Access, IsAsTheTableSays)
{
    const auto &[member, user, verdict] = GetParam();
    start_polkit(verdict);
    BusClient caller(bus_.address(), user);

    const std::string error = error_of([&] { member.call(*caller.proxy(manager_path)); });

    const std::string expected = expected_error(member, user, verdict);
    const bool changes = *member.action != '\0';
    EXPECT_EQ(error, expected);
    EXPECT_EQ(service_.control.calls(), changes && expected.empty() ? 1U : 0U);
    const bool asks = polkit_ && changes && user != root;
    ASSERT_EQ(polkit_ ? polkit_->checks().size() : 0U, asks ? 1U : 0U);
    EXPECT_EQ(asks ? polkit_->checks()[0].action : "", asks ? member.action : "");
}

std::string in_words(const Polkit &polkit)
{
    if (!polkit)
        return "WithoutPolkit";
    return *polkit == Verdict::yes ? "Yes" : *polkit == Verdict::no ? "No" : "Challenge";
}

std::string name_of(const ::testing::TestParamInfo<Access::ParamType> &info)
{
    const auto &[member, user, polkit] = info.param;
    const char *who = user == root ? "Root" : user == nobody ? "Nobody" : "ServiceUser";
    return std::string(member.name) + who + in_words(polkit);
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryMethod, Access,
    ::testing::Combine(::testing::ValuesIn(members), ::testing::Values(root, service_user, nobody),
                       ::testing::Values(Polkit{}, Verdict::yes, Verdict::no, Verdict::challenge)),
    name_of);

TEST(AccessTable, HasEveryMethodOfTheXml)
{
    std::set<std::string> tested;
    for (const Member &member : members)
        tested.emplace(member.name);
    std::set<std::string> shipped;
    for (const std::string &line :
         interface_members(read_text(required_env("MITOSIS_DBUS_DIR") + "/org.scx.Mitosis.xml"))) {
        std::istringstream words(line);
        std::string interface;
        std::string kind;
        std::string name;
        words >> interface >> kind >> name;
        if (kind == "method")
            shipped.insert(name);
    }
    EXPECT_EQ(tested, shipped);
}

class Reading : public ::testing::TestWithParam<uid_t> {};

TEST_P(Reading, IsForEverybody)
{
    const PrivateBus bus;
    ServiceThread service(bus.address());
    service.set_facts(running_facts());
    service.publish(running_status({"0-3", "4-7"}));
    BusClient caller(bus.address(), GetParam());

    EXPECT_EQ(caller.managed_objects().size(), 2U);
    EXPECT_FALSE(caller.properties(manager_path, manager).empty());
    EXPECT_THAT(caller.introspect(manager_path), ::testing::HasSubstr("Reconfigure"));
    service.publish(running_status({"0-7"}));
    EXPECT_TRUE(caller.await_signal("InterfacesRemoved /org/scx/Mitosis/cell/1"));
}

INSTANTIATE_TEST_SUITE_P(OfEveryUser, Reading, ::testing::Values(root, service_user, nobody));

} // namespace

} // namespace mitosis::test
