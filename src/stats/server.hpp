// SPDX-License-Identifier: GPL-2.0-only
// Server: the statistics socket inside the sd-event loop. Any local user may read; nobody can make
// it block or grow: connections, lines and unread answers are bounded, whoever exceeds them is cut
// off.
#pragma once

#include "core/error.hpp"

#include <systemd/sd-event.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>

namespace mitosis::stats {

struct SourceDeleter {
    void operator()(sd_event_source *source) const { sd_event_source_disable_unref(source); }
};
using Source = std::unique_ptr<sd_event_source, SourceDeleter>;

class Server {
public:
    static constexpr std::size_t most_clients = 64;
    static constexpr std::size_t longest_line = 65'536;   // bytes
    static constexpr std::size_t most_unread = 1'048'576; // bytes of answers; then it waits

    /// Makes missing directories and replaces an old socket. `metrics` is called in the loop; it
    /// and the event loop outlive the server.
    [[nodiscard]] static Result<std::unique_ptr<Server>>
    open(sd_event *event, const std::string &path, std::function<std::string()> metrics);

    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;
    ~Server() = default;

private:
    struct Client {
        Server *server = nullptr;
        int fd = -1; // owned by the source
        std::string received;
        std::string unsent;
        Source source;
    };

    Server(sd_event *event, std::function<std::string()> metrics);
    static int on_connection(sd_event_source *source, int fd, std::uint32_t events, void *self);
    static int on_client(sd_event_source *source, int fd, std::uint32_t events, void *client);
    void admit(int fd);
    /// False when the connection is over.
    [[nodiscard]] bool serve(Client &client, std::uint32_t events);
    [[nodiscard]] bool answer_lines(Client &client);
    void drop(const Client &client);

    sd_event *event_;
    std::function<std::string()> metrics_;
    std::list<Client> clients_; // at fixed places: their sources point to them
    Source listener_;
};

} // namespace mitosis::stats
