// SPDX-License-Identifier: GPL-2.0-only
// The socket itself, in a loop of its own, with real clients.
#include "stats/client.hpp"
#include "stats/protocol.hpp"
#include "stats/server.hpp"
#include "stats/unix_socket.hpp"
#include "temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace mitosis::stats {

namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int patience_ms = 10'000; // it only bounds a failure

class Peer {
public:
    explicit Peer(const std::string &path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0))
    {
        const auto address = make_address(path).value();
        connected_ = ::connect(fd_, as_sockaddr(address), sizeof address) == 0;
    }
    ~Peer() { ::close(fd_); }
    Peer(const Peer &) = delete;
    Peer &operator=(const Peer &) = delete;

    [[nodiscard]] bool is_connected() const { return connected_; }
    [[nodiscard]] bool send(const std::string &text) const
    {
        return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(text.size());
    }
    /// Up to the end of a line; "" when the connection ended.
    std::string read_line()
    {
        for (;;) {
            if (const auto end = received_.find('\n'); end != std::string::npos) {
                const std::string line = received_.substr(0, end);
                received_.erase(0, end + 1);
                return line;
            }
            pollfd watched{.fd = fd_, .events = POLLIN, .revents = 0};
            std::array<char, 4096> buffer{};
            if (::poll(&watched, 1, patience_ms) != 1)
                return "timeout";
            const ssize_t bytes = ::recv(fd_, buffer.data(), buffer.size(), 0);
            if (bytes <= 0)
                return "";
            received_.append(buffer.data(), static_cast<std::size_t>(bytes));
        }
    }

private:
    int fd_;
    bool connected_ = false;
    std::string received_;
};

struct StatsSocket : ::testing::Test {
    StatsSocket() : path(folder.path("scx/root/stats")), thread([this] { loop(); })
    {
        while (!is_open)
            std::this_thread::yield();
    }
    ~StatsSocket() override
    {
        is_ending = true;
        const Peer wakes_the_loop(path);
        thread.join();
    }
    void loop()
    {
        sd_event *event = nullptr;
        ASSERT_GE(sd_event_new(&event), 0);
        {
            const auto server = Server::open(event, path, [this] { return metrics; }).value();
            is_open = true;
            while (!is_ending)
                sd_event_run(event, UINT64_MAX);
        }
        sd_event_unref(event);
    }

    sys::TemporaryDirectory folder;
    std::string path;
    std::string metrics = R"({"cells":{},"num_cells":1})";
    std::atomic<bool> is_open = false;
    std::atomic<bool> is_ending = false;
    std::thread thread;
};

TEST_F(StatsSocket, IsForEverybody)
{
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0666U);
}

TEST_F(StatsSocket, AnswersRequestAfterRequestOnOneConnection)
{
    Peer peer(path);
    ASSERT_TRUE(peer.send("nonsense\n" + metrics_request() + metrics_request()));
    EXPECT_THAT(peer.read_line(), HasSubstr(R"("errno":22)"));
    EXPECT_EQ(metrics_in(peer.read_line()), metrics);
    EXPECT_EQ(metrics_in(peer.read_line()), metrics);
}

TEST_F(StatsSocket, AnswersARequestThatComesInPieces)
{
    Peer peer(path);
    ASSERT_TRUE(peer.send(R"({"req":)"));
    ASSERT_TRUE(peer.send("\"stats\"}\n"));
    EXPECT_EQ(metrics_in(peer.read_line()), metrics);
}

TEST_F(StatsSocket, CutsOffWhoSendsALineWithoutEnd)
{
    Peer peer(path);
    const std::string endless(Server::longest_line / 2, 'x');
    while (peer.send(endless)) {
    }
    EXPECT_THAT(peer.read_line(), IsEmpty());
    EXPECT_TRUE(Peer(path).is_connected());
}

TEST_F(StatsSocket, ServesOthersWhileOneDoesNotRead)
{
    const Peer greedy(path);
    std::string many;
    for (int request = 0; request < 1000; ++request)
        many += metrics_request();
    ASSERT_TRUE(greedy.send(many));
    Peer other(path);
    ASSERT_TRUE(other.send(metrics_request()));
    EXPECT_EQ(metrics_in(other.read_line()), metrics);
}

TEST_F(StatsSocket, TurnsAwayTooManyClients)
{
    std::vector<std::unique_ptr<Peer>> peers;
    for (std::size_t at = 0; at < Server::most_clients; ++at) {
        peers.push_back(std::make_unique<Peer>(path));
        ASSERT_TRUE(peers.back()->send(metrics_request()));
        ASSERT_EQ(metrics_in(peers.back()->read_line()), metrics) << at;
    }
    Peer one_more(path);
    EXPECT_THAT(one_more.read_line(), IsEmpty());
}

TEST_F(StatsSocket, IsReadByItsOwnMonitor)
{
    std::ostringstream out;
    monitor({.path = path, .interval = std::chrono::milliseconds(1), .count = 2, .output = -1},
            out);
    const std::string once = "{\n  \"num_cells\": 1,\n  \"cells\": {}\n}\n";
    EXPECT_EQ(out.str(), once + once);
}

TEST(StatsSocketAlone, ReplacesAnOldSocketButNotWhatItCannotReach)
{
    sd_event *event = nullptr;
    ASSERT_GE(sd_event_new(&event), 0);
    const sys::TemporaryDirectory folder;
    const std::string path = folder.path("stats");
    const auto nothing = [] { return std::string(); };
    (void)Server::open(event, path, nothing).value();
    EXPECT_TRUE(Server::open(event, path, nothing));
    EXPECT_FALSE(Server::open(event, "/proc/nowhere/stats", nothing));
    EXPECT_FALSE(Server::open(event, folder.path(std::string(200, 'x')), nothing));
    sd_event_unref(event);
}

} // namespace

} // namespace mitosis::stats
