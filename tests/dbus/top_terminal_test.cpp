// SPDX-License-Identifier: GPL-2.0-only
// mitosisctl top in a real terminal (tmux), narrow and wide, with one cell and with sixty-four.
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"
#include "dbus/worlds.hpp"

#include "support/interface_members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace mitosis::test {

namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

/// A terminal of this size in which a program runs, until the program or the terminal ends.
class Terminal {
public:
    Terminal(const PrivateBus &bus, int width, int height, const std::string &command)
        : bus_(bus), socket_(std::filesystem::temp_directory_path() /
                             ("mitosis-tmux-" + std::to_string(::getpid())))
    {
        const auto result = tmux({"-u", "-f", "/dev/null", "new-session", "-d", "-x",
                                  std::to_string(width), "-y", std::to_string(height), command});
        EXPECT_EQ(result.exit_status, 0) << result.errors;
    }
    ~Terminal() { (void)tmux({"kill-server"}); } // fails where the program's end ended it
    Terminal(const Terminal &) = delete;
    Terminal &operator=(const Terminal &) = delete;

    /// What is on it once it shows the text; at the deadline whatever is.
    [[nodiscard]] std::string picture_with(std::string_view text) const
    {
        return await([&](const std::string &picture) { return picture.contains(text); });
    }
    /// Nothing is on a terminal that is gone.
    [[nodiscard]] bool ends() const
    {
        return await([](const std::string &picture) { return picture.empty(); }).empty();
    }
    void press(const std::string &key) const { EXPECT_EQ(tmux({"send-keys", key}).exit_status, 0); }

private:
    [[nodiscard]] ProgramResult tmux(std::vector<std::string> words) const
    {
        words.insert(words.begin(), {"tmux", "-S", socket_.string()});
        return run(bus_, std::move(words));
    }
    template <typename Condition> [[nodiscard]] std::string await(const Condition &holds) const
    {
        const auto end = std::chrono::steady_clock::now() + deadline;
        for (;;) {
            std::string picture = tmux({"capture-pane", "-p"}).output;
            if (holds(picture) || std::chrono::steady_clock::now() >= end)
                return picture;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }

    const PrivateBus &bus_;
    std::filesystem::path socket_;
};

constexpr std::string_view foot = "q quit";

struct Top : ::testing::Test {
    void show_cells(std::size_t count)
    {
        std::vector<std::string> lists;
        for (std::size_t cpu = 0; cpu < count; ++cpu)
            lists.push_back(std::to_string(cpu));
        service.set_facts(running_facts());
        service.publish(running_status({lists.begin(), lists.end()}));
    }
    [[nodiscard]] Terminal start(int width, int height) const
    {
        return {bus, width, height, required_env("MITOSISCTL") + " top -d 0.1"};
    }

    PrivateBus bus;
    ServiceThread service{bus.address()};
};

TEST_F(Top, FitsANarrowTerminalWithOneCell)
{
    show_cells(1);
    const Terminal terminal = start(80, 24);
    const std::string picture = terminal.picture_with(foot);
    EXPECT_THAT(picture, HasSubstr("mitosis  running  1 cell on 1 CPU "));
    EXPECT_THAT(picture, ContainsRegex("ID CELL .* UTIL  BORR  LENT   WAIT HISTORY\n"));
    EXPECT_THAT(picture, ContainsRegex("\n  0 / "));
    EXPECT_THAT(picture, Not(HasSubstr("LOCAL")));
}

TEST_F(Top, ShowsTheMixAndTheCpusInAWideTerminal)
{
    show_cells(1);
    const Terminal terminal = start(200, 50);
    EXPECT_THAT(terminal.picture_with(foot),
                ContainsRegex("ID CELL .*CPUS .*LOCAL QUEUE   PIN  BORR HISTORY\n"));
}

TEST_F(Top, ScrollsThroughSixtyFourCellsInANarrowTerminal)
{
    show_cells(64);
    const Terminal terminal = start(80, 24);
    EXPECT_THAT(terminal.picture_with(foot),
                AllOf(HasSubstr("64 cells on 64 CPUs"), HasSubstr("  0 / "),
                      Not(HasSubstr("/work.slice/cell63 "))));
    for (int row = 0; row < 63; ++row)
        terminal.press("Down");
    EXPECT_THAT(terminal.picture_with("/work.slice/cell63 "), HasSubstr(foot));
}

TEST_F(Top, ShowsSixtyFourCellsInAWideTerminalAtOnce)
{
    show_cells(64);
    const Terminal terminal = start(200, 70);
    const std::string picture = terminal.picture_with("/work.slice/cell63 ");
    for (int id = 1; id < 64; ++id)
        EXPECT_THAT(picture, HasSubstr("/work.slice/cell" + std::to_string(id) + " "));
}

TEST_F(Top, AnswersItsKeys)
{
    show_cells(2);
    const Terminal terminal = start(80, 24);
    EXPECT_THAT(terminal.picture_with(foot), HasSubstr("sorted by use"));
    terminal.press("s");
    EXPECT_THAT(terminal.picture_with("sorted by wait"), HasSubstr(foot));
    terminal.press("f");
    EXPECT_THAT(terminal.picture_with("FROZEN"), HasSubstr(foot));
    terminal.press("q");
    EXPECT_TRUE(terminal.ends());
}

} // namespace

} // namespace mitosis::test
