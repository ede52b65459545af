// SPDX-License-Identifier: GPL-2.0-only
#include "stats/server.hpp"

#include "stats/protocol.hpp"
#include "stats/unix_socket.hpp"

#include "core/error.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace mitosis::stats {

namespace {

constexpr int backlog = 16;
constexpr mode_t for_everybody = 0666; // what is read here can be read on the bus by anybody, too

Result<int> listen_at(const std::string &path)
{
    const auto address = make_address(path);
    if (!address)
        return std::unexpected(address.error());
    std::error_code ignored; // bind() says what is wrong
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    std::filesystem::remove(path, ignored);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail(errno, "make a socket");
    if (::bind(fd, as_sockaddr(*address), sizeof *address) != 0 || ::listen(fd, backlog) != 0 ||
        ::chmod(path.c_str(), for_everybody) != 0) {
        auto error = fail(errno, "listen at " + path);
        ::close(fd);
        return error;
    }
    return fd;
}

/// From the socket to the end of what was received; false at its end or an error.
bool receive(int fd, std::string &received)
{
    std::array<char, 4096> buffer{};
    const ssize_t bytes = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (bytes <= 0)
        return bytes < 0 && (errno == EAGAIN || errno == EINTR);
    received.append(buffer.data(), static_cast<std::size_t>(bytes));
    return true;
}

/// As much as the socket takes now; false on an error.
bool send(int fd, std::string &unsent)
{
    while (!unsent.empty()) {
        const ssize_t bytes = ::send(fd, unsent.data(), unsent.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (bytes < 0)
            return errno == EAGAIN || errno == EINTR;
        unsent.erase(0, static_cast<std::size_t>(bytes));
    }
    return true;
}

} // namespace

Server::Server(sd_event *event, std::function<std::string()> metrics)
    : event_(event), metrics_(std::move(metrics))
{
}

Result<std::unique_ptr<Server>> Server::open(sd_event *event, const std::string &path,
                                             std::function<std::string()> metrics)
{
    const auto fd = listen_at(path);
    if (!fd)
        return std::unexpected(fd.error());
    std::unique_ptr<Server> server(new Server(event, std::move(metrics)));
    sd_event_source *source = nullptr;
    const int added =
        sd_event_add_io(event, &source, *fd, EPOLLIN, &Server::on_connection, server.get());
    if (added < 0) {
        ::close(*fd);
        return fail(-added, "watch " + path);
    }
    server->listener_.reset(source);
    sd_event_source_set_io_fd_own(source, 1);
    return server;
}

int Server::on_connection(sd_event_source * /*source*/, int fd, std::uint32_t /*events*/,
                          void *self)
{
    const int client = ::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client >= 0)
        static_cast<Server *>(self)->admit(client);
    return 0;
}

void Server::admit(int fd)
{
    sd_event_source *source = nullptr;
    if (clients_.size() >= most_clients ||
        sd_event_add_io(event_, &source, fd, EPOLLIN, &Server::on_client, nullptr) < 0) {
        ::close(fd);
        return;
    }
    sd_event_source_set_io_fd_own(source, 1);
    Client &client = clients_.emplace_back();
    client.server = this;
    client.fd = fd;
    client.source.reset(source);
    sd_event_source_set_userdata(source, &client);
}

int Server::on_client(sd_event_source * /*source*/, int /*fd*/, std::uint32_t events, void *self)
{
    auto &client = *static_cast<Client *>(self);
    Server &server = *client.server;
    if (!server.serve(client, events))
        server.drop(client);
    return 0;
}

bool Server::serve(Client &client, std::uint32_t events)
{
    if ((events & EPOLLIN) != 0 && !receive(client.fd, client.received))
        return false;
    if ((events & (EPOLLIN | EPOLLOUT)) == 0)
        return false; // closed or broken
    if (!answer_lines(client) || !send(client.fd, client.unsent) || !answer_lines(client))
        return false;
    const bool is_slow = client.unsent.size() >= most_unread;
    const std::uint32_t wanted = (is_slow ? 0U : std::uint32_t{EPOLLIN}) |
                                 (client.unsent.empty() ? 0U : std::uint32_t{EPOLLOUT});
    return sd_event_source_set_io_events(client.source.get(), wanted) >= 0;
}

bool Server::answer_lines(Client &client)
{
    while (client.unsent.size() < most_unread) {
        const std::size_t end = client.received.find('\n');
        if (end == std::string::npos)
            return client.received.size() <= longest_line;
        client.unsent += answer(client.received.substr(0, end), metrics_);
        client.received.erase(0, end + 1);
    }
    return true;
}

void Server::drop(const Client &client)
{
    clients_.remove_if([&](const Client &other) { return &other == &client; });
}

} // namespace mitosis::stats
