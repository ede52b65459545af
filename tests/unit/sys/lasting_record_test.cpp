// SPDX-License-Identifier: GPL-2.0-only
#include "core/error.hpp"
#include "sys/lasting_record.hpp"
#include "sys/unique_fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace mitosis::sys {
namespace {

UniqueFd copy(int fd)
{
    return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

/// As another process sees it.
std::optional<std::string> read_elsewhere(const LastingRecord &record)
{
    const auto other = LastingRecord::open(copy(record.fd()));
    EXPECT_TRUE(other);
    return other ? other->read() : std::nullopt;
}

class ARecord : public testing::Test {
protected:
    /// Every byte of it, for who wants to spoil some.
    std::span<char> bytes()
    {
        struct stat status{};
        EXPECT_EQ(::fstat(record_.fd(), &status), 0);
        const auto size = static_cast<std::size_t>(status.st_size);
        void *const start =
            ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, record_.fd(), 0);
        EXPECT_NE(start, MAP_FAILED);
        return {static_cast<char *>(start), size};
    }
    /// Flips a bit of a text, wherever it stands.
    void spoil(const std::string &text)
    {
        const std::span<char> all = bytes();
        const auto at = std::string_view(all.data(), all.size()).find(text);
        ASSERT_NE(at, std::string_view::npos);
        all[at] = static_cast<char>(all[at] ^ 1);
    }

    LastingRecord record_ = *LastingRecord::create();
};

TEST_F(ARecord, HasNoTextAtFirst)
{
    EXPECT_EQ(read_elsewhere(record_), std::nullopt);
}

TEST_F(ARecord, HasTheTextThatWasWrittenLast)
{
    for (const std::string text : {"first", "", "a longer third one"}) {
        ASSERT_TRUE(record_.write(text));
        EXPECT_EQ(read_elsewhere(record_), text);
    }
}

TEST_F(ARecord, HasTheTextBeforeWhenTheLastIsNotWhole)
{
    ASSERT_TRUE(record_.write("an old one"));
    ASSERT_TRUE(record_.write("a new one"));
    spoil("a new one");
    EXPECT_EQ(read_elsewhere(record_), "an old one");
    ASSERT_TRUE(record_.write("yet another"));
    EXPECT_EQ(read_elsewhere(record_), "yet another");
}

TEST_F(ARecord, HasNoTextWhenNoneIsWhole)
{
    ASSERT_TRUE(record_.write("an old one"));
    spoil("an old one");
    EXPECT_EQ(read_elsewhere(record_), std::nullopt);
}

TEST_F(ARecord, DoesNotGoOnWithAnOldTextWhenTheNewOneHasNoRoom)
{
    ASSERT_TRUE(record_.write("an old one"));
    EXPECT_TRUE(record_.write(std::string(LastingRecord::capacity, 'x')));
    EXPECT_FALSE(record_.write(std::string(LastingRecord::capacity + 1, 'x')));
    EXPECT_EQ(read_elsewhere(record_), std::nullopt);
}

TEST_F(ARecord, SaysWhenTheWriterWasAlive)
{
    const std::chrono::steady_clock::time_point now(std::chrono::seconds(5));
    record_.beat(now);
    const auto other = LastingRecord::open(copy(record_.fd()));
    ASSERT_TRUE(other);
    EXPECT_EQ(other->beaten_at(), now);
}

TEST_F(ARecord, CannotBeMadeShorter)
{
    EXPECT_NE(::ftruncate(record_.fd(), 0), 0);
}

TEST(LastingRecord, IsNotOpenedFromSomethingElse)
{
    const LastingRecord record = *LastingRecord::create();
    struct stat status{};
    ASSERT_EQ(::fstat(record.fd(), &status), 0);
    UniqueFd unsealed(::memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    ASSERT_EQ(::ftruncate(unsealed.get(), status.st_size), 0);
    EXPECT_FALSE(LastingRecord::open(std::move(unsealed)));
    UniqueFd empty(::memfd_create("empty", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    ASSERT_EQ(::fcntl(empty.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), 0);
    EXPECT_FALSE(LastingRecord::open(std::move(empty)));
    EXPECT_FALSE(LastingRecord::open(UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC))));
    EXPECT_FALSE(LastingRecord::open(UniqueFd()));
}

} // namespace
} // namespace mitosis::sys
