// SPDX-License-Identifier: GPL-2.0-only
#include "stats/client.hpp"

#include "stats/metrics.hpp"
#include "stats/pace.hpp"
#include "stats/protocol.hpp"
#include "stats/unix_socket.hpp"

#include "core/error.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <ostream>
#include <string>
#include <system_error>
#include <utility>

namespace mitosis::stats {

namespace {

constexpr std::chrono::seconds pause_between_attempts{1};

class Connection {
public:
    [[nodiscard]] static Result<Connection> open(const std::string &path)
    {
        const auto address = make_address(path);
        if (!address)
            return std::unexpected(address.error());
        Connection connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (connection.fd_ < 0 ||
            ::connect(connection.fd_, as_sockaddr(*address), sizeof *address) != 0)
            return fail(errno, "connect to " + path);
        return connection;
    }
    Connection(Connection &&other) noexcept
        : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_))
    {
    }
    Connection &operator=(Connection &&) = delete;
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;
    ~Connection()
    {
        if (fd_ >= 0)
            ::close(fd_);
    }

    /// The answer's line; nullopt when the connection broke.
    [[nodiscard]] std::optional<std::string> ask(const std::string &request)
    {
        if (::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(request.size()))
            return std::nullopt;
        std::array<char, 65'536> buffer{};
        std::size_t end = 0;
        while ((end = received_.find('\n')) == std::string::npos) {
            const ssize_t bytes = ::recv(fd_, buffer.data(), buffer.size(), 0);
            if (bytes <= 0)
                return std::nullopt;
            received_.append(buffer.data(), static_cast<std::size_t>(bytes));
        }
        std::string line = received_.substr(0, end);
        received_.erase(0, end + 1);
        return line;
    }

private:
    explicit Connection(int fd) : fd_(fd) {}

    int fd_;
    std::string received_;
};

bool may_come_later(const Error &error)
{
    return error.code == std::errc::no_such_file_or_directory ||
           error.code == std::errc::connection_refused;
}

/// nullopt when it is of no use to try again.
std::optional<Connection> connect(const Monitor &how)
{
    for (unsigned attempt = 1;; ++attempt) {
        auto connection = Connection::open(how.path);
        if (connection)
            return *std::move(connection);
        if (!may_come_later(connection.error())) {
            how.note(to_string(connection.error()));
            return std::nullopt;
        }
        if (attempt == 2)
            how.note("Stats server not available, retrying...");
        wait_for_next(pause_between_attempts, how.output);
    }
}

enum class Ended { broken, done };

Ended print_from(Connection connection, const Monitor &how, std::ostream &out,
                 std::uint64_t &printed)
{
    for (;;) {
        const auto line = connection.ask(metrics_request());
        const auto metrics = line ? metrics_in(*line) : std::nullopt;
        const auto pretty = metrics ? to_pretty(*metrics) : std::nullopt;
        if (!pretty)
            return Ended::broken;
        if (!(out << *pretty << '\n' << std::flush)) // every object at once, also into a pipe
            return Ended::done;
        if (++printed == how.count)
            return Ended::done;
        wait_for_next(how.interval, how.output);
    }
}

} // namespace

void monitor(const Monitor &how, std::ostream &out)
{
    std::uint64_t printed = 0;
    while (auto connection = connect(how)) {
        if (print_from(*std::move(connection), how, out, printed) == Ended::done)
            return;
        how.note("Stats connection lost, reconnecting...");
        wait_for_next(pause_between_attempts, how.output);
    }
}

} // namespace mitosis::stats
