// SPDX-License-Identifier: GPL-2.0-only
// Reconfigure, ResetConfiguration and the dump: what reaches the engine, what comes back, and which
// arguments are refused before anything happens.
#include "dbus/bus_client.hpp"
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"
#include "dbus/worlds.hpp"

#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/refusal.hpp"
#include "core/setting_value.hpp"
#include "engine/ports.hpp"
#include "support/builders.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sdbus-c++/Error.h>
#include <sdbus-c++/Types.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace mitosis::test {

namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char *manager = "org.scx.Mitosis";

using Reply = std::tuple<std::uint64_t, std::vector<std::string>, std::vector<Shift>>;

struct Reconfigure : ::testing::Test {
    Reconfigure()
    {
        service.set_facts(running_facts());
        service.publish(running_status({"0-3", "4-7"}));
    }

    Reply reconfigure(const Dict &settings, std::uint64_t generation = 0, std::uint64_t flags = 0)
    {
        Reply reply;
        client.proxy(manager_path)
            ->callMethod("Reconfigure")
            .onInterface(manager)
            .withArguments(settings, generation, flags)
            .storeResultsTo(reply);
        return reply;
    }
    /// "Name: message" without the long part of the name.
    std::string refusal(const Dict &settings, std::uint64_t flags = 0)
    {
        try {
            (void)reconfigure(settings, 0, flags);
        } catch (const sdbus::Error &error) {
            const std::string &name = error.getName();
            return name.substr(name.rfind('.') + 1) + ": " + error.getMessage();
        }
        return "accepted";
    }
    std::uint64_t reset(const std::vector<std::string> &names)
    {
        std::uint64_t generation = 0;
        client.proxy(manager_path)
            ->callMethod("ResetConfiguration")
            .onInterface(manager)
            .withArguments(names)
            .storeResultsTo(generation);
        return generation;
    }

    PrivateBus bus;
    ServiceThread service{bus.address()};
    BusClient client{bus.address()};
};

TEST_F(Reconfigure, PassesTheSettingsOnInTheirTypes)
{
    service.control.reconfigure_answer =
        engine::ReconfigureOutcome{.generation = 8, .changed = {"a", "b"}, .shifts = {}};
    const Dict settings{{"flag", sdbus::Variant(true)},
                        {"int", sdbus::Variant(std::int32_t{-5})},
                        {"unsigned", sdbus::Variant(std::uint64_t{7})},
                        {"real", sdbus::Variant(0.5)},
                        {"text", sdbus::Variant(std::string("x"))},
                        {"list", sdbus::Variant(std::vector<std::string>{"a", "b"})}};

    EXPECT_EQ(reconfigure(settings, 7, 3), Reply(8, {"a", "b"}, {}));

    ASSERT_EQ(service.control.reconfigures.size(), 1U);
    const auto &request = service.control.reconfigures[0];
    EXPECT_EQ(request.settings,
              (std::map<std::string, SettingValue>{{"flag", true},
                                                   {"int", std::int64_t{-5}},
                                                   {"unsigned", std::int64_t{7}},
                                                   {"real", 0.5},
                                                   {"text", "x"},
                                                   {"list", std::vector<std::string>{"a", "b"}}}));
    EXPECT_EQ(request.expected_generation, 7U);
    EXPECT_TRUE(request.dry_run);
    EXPECT_TRUE(request.allow_reattach);
}

TEST_F(Reconfigure, AnswersWithWhatTheCellsGainAndLose)
{
    service.control.reconfigure_answer = engine::ReconfigureOutcome{
        .generation = 8,
        .changed = {"cell-exclude"},
        .shifts = {{.cell = CellId{0}, .gained = cpus("6-7"), .lost = {}},
                   {.cell = CellId{1}, .gained = cpus("3"), .lost = cpus("6-7")}}};
    EXPECT_EQ(reconfigure({{"cell-exclude", sdbus::Variant(std::vector<std::string>{"a"})}}, 0, 1),
              Reply(8, {"cell-exclude"}, {Shift{0, {6, 7}, {}}, Shift{1, {3}, {6, 7}}}));
}

TEST_F(Reconfigure, AllowsNothingThatNoFlagSays)
{
    (void)reconfigure({{"slice-us", sdbus::Variant(std::uint64_t{5000})}});
    EXPECT_FALSE(service.control.reconfigures[0].dry_run);
    EXPECT_FALSE(service.control.reconfigures[0].allow_reattach);
}

TEST_F(Reconfigure, RefusesUnknownFlagsAndNoSettings)
{
    EXPECT_EQ(refusal({{"a", sdbus::Variant(true)}}, 4),
              "InvalidArgs: flags 4: allowed are 1 (dry run) and 2 (allow to re-attach)");
    EXPECT_EQ(refusal({}), "InvalidArgs: 0 settings; allowed are 1 to 64");
    EXPECT_EQ(service.control.calls(), 0U);
}

TEST_F(Reconfigure, RefusesValuesOfOtherTypesAndSizes)
{
    EXPECT_EQ(refusal({{"k", sdbus::Variant(sdbus::ObjectPath("/x"))}}),
              "InvalidArgs: k: a value of type o; allowed are b, integers below 2^63, d, s and as");
    EXPECT_THAT(refusal({{"k", sdbus::Variant(UINT64_MAX)}}), HasSubstr("k: a value of type t"));
    EXPECT_THAT(refusal({{"k", sdbus::Variant(std::string(4097, 'x'))}}),
                HasSubstr("k: too large"));
    EXPECT_THAT(refusal({{"k", sdbus::Variant(std::vector<std::string>(1025, "x"))}}),
                HasSubstr("k: too large"));
    EXPECT_THAT(refusal({{std::string(301, 'k'), sdbus::Variant(true)}}),
                HasSubstr("InvalidArgs: no setting has a name as long"));
    EXPECT_EQ(service.control.calls(), 0U);
}

TEST_F(Reconfigure, RefusesMoreSettingsThanThereAre)
{
    Dict many;
    for (int i = 0; i < 65; ++i)
        many.emplace("key" + std::to_string(i), sdbus::Variant(true));
    EXPECT_EQ(refusal(many), "InvalidArgs: 65 settings; allowed are 1 to 64");
}

TEST_F(Reconfigure, NamesTheEnginesRefusalsAndRepeatsTheirSentence)
{
    const std::vector<std::pair<Refusal, std::string>> names{
        {Refusal::unknown_setting, "UnknownSetting"},
        {Refusal::invalid_setting, "InvalidSetting"},
        {Refusal::read_only_setting, "ReadOnlySetting"},
        {Refusal::config_conflict, "ConfigConflict"},
        {Refusal::reattach_required, "ReattachRequired"}};
    for (const auto &[refused, name] : names) {
        service.control.reconfigure_answer = refuse(refused, "slice-us: 5 \x1b[31m");
        EXPECT_EQ(refusal({{"slice-us", sdbus::Variant(std::uint64_t{5})}}),
                  name + ": slice-us: 5 ?[31m");
    }
}

TEST_F(Reconfigure, NamesTheRefusalsOfAPlan)
{
    const std::vector<std::pair<Refusal, std::string>> names{
        {Refusal::insufficient_cpus, "InsufficientCpus"},
        {Refusal::too_many_cells, "TooManyCells"},
        {Refusal::reattached_too_soon, "RateLimited"}};
    for (const auto &[refused, name] : names) {
        service.control.reconfigure_answer = refuse(refused, "why");
        EXPECT_EQ(refusal({{"slice-us", sdbus::Variant(std::uint64_t{5})}}), name + ": why");
    }
}

TEST_F(Reconfigure, IsUndoneByName)
{
    service.control.reconfigure_answer = engine::ReconfigureOutcome{.generation = 9, .changed = {}};
    EXPECT_EQ(reset({"slice-us"}), 9U);
    EXPECT_EQ(reset({}), 9U);
    EXPECT_THAT(service.control.resets, ElementsAre(ElementsAre("slice-us"), ElementsAre()));
    EXPECT_EQ(error_of([&] { (void)reset(std::vector<std::string>(65, "x")); }),
              "org.freedesktop.DBus.Error.InvalidArgs");
}

TEST_F(Reconfigure, IsVisibleWithItsOrigin)
{
    auto facts = running_facts();
    facts.config_origins = {{"slice-us", "D-Bus"}};
    facts.runtime_overrides = {"slice-us"};
    service.set_facts(facts);

    ASSERT_TRUE(client.await_change(manager_path, "RuntimeOverrides"));
    ASSERT_TRUE(client.await_change(manager_path, "ConfigOrigins(invalidated)"));
    const auto properties = client.properties(manager_path, manager);
    EXPECT_THAT(
        properties.at(sdbus::PropertyName("RuntimeOverrides")).get<std::vector<std::string>>(),
        ElementsAre("slice-us"));
    EXPECT_EQ((properties.at(sdbus::PropertyName("ConfigOrigins"))
                   .get<std::map<std::string, std::string>>()),
              (std::map<std::string, std::string>{{"slice-us", "D-Bus"}}));
}

std::string read_fd(int fd)
{
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t bytes = 0; (bytes = ::read(fd, buffer.data(), buffer.size())) > 0;)
        text.append(buffer.data(), static_cast<std::size_t>(bytes));
    return text;
}

TEST_F(Reconfigure, ShowsInTheDump)
{
    auto facts = running_facts();
    facts.config_origins = {{"slice-us", "D-Bus"}};
    facts.fallbacks = {"slices are written directly"};
    service.set_facts(facts);
    sdbus::UnixFd fd;
    client.proxy(manager_path)
        ->callMethod("DumpByFileDescriptor")
        .onInterface(manager)
        .storeResultsTo(fd);

    EXPECT_THAT(read_fd(fd.get()),
                AllOf(HasSubstr("State: running\n"), HasSubstr("Config.slice-us: 20000 (D-Bus)\n"),
                      HasSubstr("KernelFallback: slices are written directly\n"),
                      HasSubstr("Cell: 1\nInstanceId: 1\nCGroup: /work.slice/cell1\n")));
    EXPECT_EQ(::fcntl(fd.get(), F_GET_SEALS),
              F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

} // namespace

} // namespace mitosis::test
