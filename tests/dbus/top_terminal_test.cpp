// SPDX-License-Identifier: GPL-2.0-only
// mitosisctl top in a real terminal (tmux), narrow and wide, with one cell and with sixty-four.
#include "dbus/private_bus.hpp"
#include "dbus/service_thread.hpp"
#include "dbus/worlds.hpp"

#include "core/status.hpp"
#include "support/builders.hpp"
#include "support/interface_members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <format>
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
                             std::format("mitosis-tmux-{}-{}", ::getpid(), ++made))
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
    /// The same with a condition of the caller's own.
    template <typename Condition>
    [[nodiscard]] std::string picture_where(const Condition &holds) const
    {
        return await(holds);
    }
    /// With the escape sequences of its colours.
    [[nodiscard]] std::string colors() const { return tmux({"capture-pane", "-p", "-e"}).output; }
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

    // A server that was told to end may still be there when the next terminal is made.
    static inline int made = 0;
    const PrivateBus &bus_;
    std::filesystem::path socket_;
};

constexpr std::string_view foot = "q quit";

/// The text stands in a picture that is drawn to its last line: a terminal shows one in the making,
/// too.
[[nodiscard]] bool is_shown(const Terminal &terminal, std::string_view text)
{
    const auto is_whole = [text](const std::string &picture) {
        return picture.contains(text) && picture.contains(foot);
    };
    return is_whole(terminal.picture_where(is_whole));
}

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
    EXPECT_TRUE(is_shown(terminal, "/work.slice/cell63 "));
}

TEST_F(Top, ShowsSixtyFourCellsInAWideTerminalAtOnce)
{
    show_cells(64);
    const Terminal terminal = start(200, 70);
    const std::string picture = terminal.picture_with("/work.slice/cell63 ");
    for (int id = 1; id < 64; ++id)
        EXPECT_THAT(picture, HasSubstr("/work.slice/cell" + std::to_string(id) + " "));
}

/// Two cells; the first works more, the tasks of the second wait longer. At each call 0.1 s later.
class BusyCells {
public:
    explicit BusyCells(ServiceThread &service) : service_(service) {}
    void go_on(std::size_t cells = 3)
    {
        ++round_;
        Status status = running_status({"0", "1", "2", "3"});
        status.cells.resize(cells);
        status.sampled_at = at(10.0 + 0.1 * static_cast<double>(round_));
        status.cells[1].counters.run_ns = round_ * 90'000'000;
        status.cells[2].counters.run_ns = round_ * 10'000'000;
        for (CellStatus &cell : status.cells)
            cell.counters.waits = round_ * 10;
        status.cells[1].counters.wait_ns = round_ * 1'000'000;
        status.cells[2].counters.wait_ns = round_ * 50'000'000;
        service_.publish(status);
    }

private:
    ServiceThread &service_;
    std::uint64_t round_ = 0;
};

/// "cell1" stands above "cell2".
bool is_in_order(const std::string &picture, std::string_view above, std::string_view below)
{
    const auto first = picture.find(above);
    return first != std::string::npos && first < picture.find(below) && picture.contains(below);
}

TEST_F(Top, SortsItsRows)
{
    service.set_facts(running_facts());
    BusyCells busy(service);
    busy.go_on();
    const Terminal terminal = start(80, 24);
    const auto becomes = [&](std::string_view above, std::string_view below) {
        const auto picture = terminal.picture_where([&](const std::string &now) {
            busy.go_on();
            return is_in_order(now, above, below);
        });
        return is_in_order(picture, above, below);
    };
    EXPECT_TRUE(becomes("/cell1 ", "/cell2 ")); // by use
    terminal.press("s");
    EXPECT_TRUE(becomes("/cell2 ", "/cell1 ")); // by wait
    EXPECT_TRUE(is_shown(terminal, "sorted by wait"));
}

TEST_F(Top, StaysAsItIsWhileItIsFrozen)
{
    service.set_facts(running_facts());
    BusyCells busy(service);
    busy.go_on();
    const Terminal terminal = start(80, 24);
    ASSERT_TRUE(is_shown(terminal, "/cell2 "));
    terminal.press("f");
    ASSERT_TRUE(is_shown(terminal, "FROZEN"));
    busy.go_on(4);
    // While another one reads five times, in the same interval, so does this.
    const auto other = run(bus, {required_env("MITOSISCTL"), "top", "-b", "-n", "6", "-d", "0.1"});
    EXPECT_THAT(other.output, HasSubstr("/cell3 "));
    EXPECT_THAT(terminal.picture_with("FROZEN"), Not(HasSubstr("/cell3 ")));
    terminal.press("f");
    EXPECT_THAT(terminal.picture_with("/cell3 "), HasSubstr("/cell3 "));
}

TEST_F(Top, HasTheCellsTableInANarrowTerminal)
{
    show_cells(3);
    const Terminal terminal(bus, 80, 24, "sh -c '" + required_env("MITOSISCTL") + " cells; cat'");
    const std::string picture = terminal.picture_with("/work.slice/cell2");
    EXPECT_THAT(picture, ContainsRegex("^ID  CGROUP .* LOCAL[^\n]*\n 0  / [^\n]*\n 1  /work.slice/"
                                       "cell1 [^\n]*\n 2  /work.slice/cell2 "));
    EXPECT_THAT(run(bus, {required_env("MITOSISCTL"), "cells"}).output, HasSubstr("BORROWED"));
}

TEST_F(Top, ColorsOnlyTerminalsAndOnlyWhereTheyAreWelcome)
{
    show_cells(1);
    const std::string program = required_env("MITOSISCTL");
    const std::string green = "\033[32m";
    {
        const Terminal terminal(bus, 80, 24, "sh -c '" + program + " status; cat'");
        ASSERT_THAT(terminal.picture_with("Warnings"), HasSubstr("State  running"));
        EXPECT_THAT(terminal.colors(), HasSubstr(green));
    }
    const Terminal plain(bus, 80, 24, "sh -c 'NO_COLOR=1 " + program + " status; cat'");
    ASSERT_THAT(plain.picture_with("Warnings"), HasSubstr("State  running"));
    EXPECT_THAT(plain.colors(), Not(HasSubstr("\033[")));
    EXPECT_THAT(run(bus, {program, "status"}).output, Not(HasSubstr("\033[")));
}

TEST_F(Top, AnswersItsKeys)
{
    show_cells(2);
    const Terminal terminal = start(80, 24);
    EXPECT_THAT(terminal.picture_with(foot), HasSubstr("sorted by use"));
    terminal.press("s");
    EXPECT_TRUE(is_shown(terminal, "sorted by wait"));
    terminal.press("f");
    EXPECT_TRUE(is_shown(terminal, "FROZEN"));
    terminal.press("q");
    EXPECT_TRUE(terminal.ends());
}

} // namespace

} // namespace mitosis::test
