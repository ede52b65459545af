// SPDX-License-Identifier: GPL-2.0-only
// What the daemon writes on a terminal, with colours and without.
#include "core/config.hpp"
#include "daemon/log.hpp"
#include "sys/unique_fd.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <string>

namespace mitosis::daemon {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Standard error is a terminal for the life of this.
class ErrorsOnATerminal {
public:
    ErrorsOnATerminal() : before_(::dup(STDERR_FILENO))
    {
        int ours = -1;
        int theirs = -1;
        EXPECT_EQ(::openpty(&ours, &theirs, nullptr, nullptr, nullptr), 0);
        terminal_ = sys::UniqueFd(ours);
        const sys::UniqueFd end(theirs);
        EXPECT_EQ(::dup2(end.get(), STDERR_FILENO), STDERR_FILENO);
        ::setenv("TERM", "xterm", 1);
        ::unsetenv("NO_COLOR");
    }
    ErrorsOnATerminal(const ErrorsOnATerminal &) = delete;
    ErrorsOnATerminal &operator=(const ErrorsOnATerminal &) = delete;
    ~ErrorsOnATerminal()
    {
        ::dup2(before_.get(), STDERR_FILENO);
        ::unsetenv("NO_COLOR");
    }

    /// One line as the terminal gets it.
    [[nodiscard]] std::string written(LogLevel level, const std::string &message) const
    {
        Log(LogTarget::console).write(level, message);
        std::array<char, 256> text{};
        const auto bytes = ::read(terminal_.get(), text.data(), text.size());
        EXPECT_GT(bytes, 0);
        return {text.data(), static_cast<std::size_t>(bytes)};
    }

private:
    sys::UniqueFd before_;
    sys::UniqueFd terminal_;
};

constexpr const char *escape = "\033[";

TEST(Console, IsColouredOnATerminal)
{
    const ErrorsOnATerminal terminal;
    const std::string line = terminal.written(LogLevel::error, "it broke");
    EXPECT_THAT(line, HasSubstr(escape));
    EXPECT_THAT(line, HasSubstr(": it broke"));
}

TEST(Console, IsPlainWhereNobodyWantsColours)
{
    const ErrorsOnATerminal terminal;
    ::setenv("NO_COLOR", "1", 1);
    EXPECT_THAT(terminal.written(LogLevel::error, "it broke"), Not(HasSubstr(escape)));
}

} // namespace
} // namespace mitosis::daemon
